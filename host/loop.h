/* loop.h - the event loop: time, timers, signals, descriptors, end of turn.
 *
 * One thread. All callbacks run from atr_loop_run, one after the other. After
 * the callbacks of a turn the *turn hooks* run once, in the order of their
 * phase: the hall commits its store in ATR_TURN_COMMIT, and the server sends
 * what is acknowledged by that commit in ATR_TURN_FLUSH. A turn hook may call
 * anything; what it causes is seen in the next turn.
 *
 * SIGPIPE is ignored from the first atr_loop_open on.
 */
#ifndef ATR_LOOP_H
#define ATR_LOOP_H

#include "base/base.h"

typedef struct atr_loop atr_loop;
typedef struct atr_timer atr_timer;
typedef struct atr_watch atr_watch;

typedef void atr_loop_fn(void *context);
typedef void atr_signal_fn(void *context, int signal_number);

typedef enum { ATR_TURN_COMMIT, ATR_TURN_FLUSH, ATR_TURN_COUNT } atr_turn;

/* atr_loop_wipes makes all that is received and sent through libevent be wiped
 * where it lay; before any other function of this file, for a program to which
 * people send secrets. */
void atr_loop_wipes(void);

/* atr_loop_open makes a loop. Returns ATR_OK or ATR_ERR_IO. Close whatever
 * hangs on the loop (timers, watches, servers, clients) before the loop. */
ATR_MUST_USE atr_err atr_loop_open(atr_loop **out);
void atr_loop_close(atr_loop *loop);

/* atr_loop_run serves events until atr_loop_stop, or until nothing is left
 * that could ever happen. Returns ATR_OK or ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_loop_run(atr_loop *loop);

/* atr_loop_stop ends the run after this turn and its hooks. */
void atr_loop_stop(atr_loop *loop);

/* atr_loop_now returns the time of this turn. */
atr_time atr_loop_now(const atr_loop *loop);

/* atr_loop_hook calls `hook` at the end of every turn in which something
 * happened, in no promised order within a phase; ATR_ERR_IO when there is no
 * memory. atr_loop_unhook takes it out again. */
ATR_MUST_USE atr_err atr_loop_hook(atr_loop *loop, atr_turn phase,
                                   atr_loop_fn *hook, void *context);
void atr_loop_unhook(atr_loop *loop, atr_turn phase, atr_loop_fn *hook,
                     void *context);

/* atr_loop_touch asks for the turn hooks to run although no callback of this
 * loop is running, as when main() queues the first bytes. */
void atr_loop_touch(atr_loop *loop);

/* A timer fires once at or after an absolute time of atr_loop_now; setting it
 * again moves it, ATR_NEVER rests it. It is free to be set in its own
 * callback, and to be closed there. */
ATR_MUST_USE atr_err atr_timer_open(atr_timer **out, atr_loop *loop,
                                    atr_loop_fn *fire, void *context);
void atr_timer_set(atr_timer *timer, atr_time at);
void atr_timer_close(atr_timer *timer);

/* atr_loop_signals calls `seen` for INT, TERM, HUP and USR1 from now on, from
 * the loop and not from a signal handler. Once per process. */
ATR_MUST_USE atr_err atr_loop_signals(atr_loop *loop, atr_signal_fn *seen,
                                      void *context);

/* atr_watch_open calls `readable` whenever `fd` has bytes or is at its end, and
 * atr_watch_open_out calls `writable` whenever it takes some; both work for
 * terminals, pipes and plain files. atr_watch_close does not close `fd`.
 * atr_watch_pause stops and resumes the calls. */
ATR_MUST_USE atr_err atr_watch_open(atr_watch **out, atr_loop *loop, int fd,
                                    atr_loop_fn *readable, void *context);
ATR_MUST_USE atr_err atr_watch_open_out(atr_watch **out, atr_loop *loop, int fd,
                                        atr_loop_fn *writable, void *context);
void atr_watch_pause(atr_watch *watch, bool paused);
void atr_watch_close(atr_watch *watch);

/* atr_loop_base is the libevent base, for the other files of host/ only. */
struct event_base;
struct event_base *atr_loop_base(atr_loop *loop);

#endif
