/* node_call.h - one question to one node of an authority, and what the nodes
 * said that could not be used, until it is known whether that matters.
 */
#ifndef ATR_NODE_CALL_H
#define ATR_NODE_CALL_H

#include <jansson.h>

#include "app/attrium/request.h"
#include "app/cli.h"

/* The exit code that a node's answer would end with alone; 0: none. */
typedef struct {
    int code;
    atr_fault why;
} atr_node_said;

/* atr_node_call asks: with a body it posts. On success `*out` is the answer, an
 * object. Returns an exit code, and says nothing: `said` has code and reason.
 * 404 is ATR_EXIT_FAILED with `*status` 404. */
int atr_node_call(json_t **out, int *status, atr_node_said *said,
                  const atr_cli *cli, const atr_link *address, const char *path,
                  const char *body);

/* atr_node_says sets code and reason, and returns the code. */
int atr_node_says(atr_node_said *said, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* atr_node_base64 takes a member of an answer; free `*out`. */
bool atr_node_base64(uint8_t **out, size_t *len, size_t cap,
                     const json_t *answer, const char *name);

/* atr_nodes_note names on standard error each node that failed. */
void atr_nodes_note(const atr_cli *cli, const atr_node_said *said,
                    size_t count);

/* atr_nodes_failed fails with what all of them said, and `what` before it when
 * there are several. The code is theirs where they agree. */
int atr_nodes_failed(const atr_cli *cli, const atr_node_said *said,
                     size_t count, const char *what);

#endif
