/* handle.h - what an event of the room becomes: a line for people, or an
 * object for programs. One table, from the kind of an event.
 */
#ifndef ATR_HANDLE_H
#define ATR_HANDLE_H

#include <jansson.h>

#include "proto/member.h"

#define ATR_HANDLE_LINE_BYTES_MAX (3 * ATR_TEXT_BYTES_MAX + 1024)

/* atr_handle_line writes the line, safe for a terminal, or nothing: returns
 * whether there is one. `colour` allows escape sequences of our own. */
bool atr_handle_line(char out[ATR_HANDLE_LINE_BYTES_MAX],
                     const atr_member *member, const atr_event *event,
                     bool colour);

/* atr_handle_json makes the object {"event":...}. */
json_t *atr_handle_json(const atr_member *member, const atr_event *event);

/* atr_handle_exit is the exit code an event of kind REFUSED or CLOSED means. */
int atr_handle_exit(const atr_event *event);

/* atr_handle_name writes what a member is called: its nickname and number,
 * "alice#2", safe to show. */
#define ATR_HANDLE_NAME_BYTES_MAX (3 * ATR_NICK_BYTES_MAX + 16)
void atr_handle_name(char out[ATR_HANDLE_NAME_BYTES_MAX], uint32_t number,
                     atr_bytes nick);

/* atr_handle_mark writes the mark of the present key, 64 digits, or "" when
 * there is none. */
void atr_handle_mark(char out[65], const atr_member *member);

#endif
