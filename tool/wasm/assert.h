/* assert.h - assertions that need no C library: a broken contract traps. */
#undef assert
#define assert(condition) ((condition) ? (void)0 : __builtin_trap())

#ifndef static_assert
#define static_assert _Static_assert
#endif
