/* args.h - what several commands take: a policy, a key, an output. Each
 * prints its own error and returns the exit code, ATR_EXIT_DONE on success.
 */
#ifndef ATR_ARGS_H
#define ATR_ARGS_H

#include "app/attrium/holder.h"
#include "app/attrium/person.h"
#include "app/cli.h"

/* Options that look the same everywhere. */
#define ATR_OPTION_DIR                                                         \
    {                                                                          \
        "dir", 'd', "DIR", "keep keys and state below DIR"                     \
    }
#define ATR_OPTION_JSON                                                        \
    {                                                                          \
        "json", 0, NULL, "write JSON, errors too"                              \
    }
#define ATR_OPTION_IDENTITY                                                    \
    {                                                                          \
        "identity", 'i', "KEY", "attribute key: its name or its file"          \
    }
#define ATR_OPTION_POLICY_FILE                                                 \
    {                                                                          \
        "policy-file", 'P', "FILE", "read the policy from FILE"                \
    }
#define ATR_OPTION_FORCE                                                       \
    {                                                                          \
        "force", 'f', NULL, "replace what is there already"                    \
    }

/* What every command has that opens a key (atr_args_key). */
#define ATR_OPTION_PASSPHRASE_FILE                                             \
    {                                                                          \
        "passphrase-file", 0, "FILE", "the key's passphrase: first line"       \
    }
#define ATR_OPTION_PASSPHRASE_FD                                               \
    {                                                                          \
        "passphrase-fd", 0, "N", "the same, from a file descriptor"            \
    }

/* atr_args_policy reads the policy of a command: `text`, or the file of
 * --policy-file, exactly one of them; "-" is standard input. Errors point to
 * line and column. */
int atr_args_policy(atr_policy *out, const atr_cli *cli, const char *text);

/* atr_args_policy_text writes the canonical text, which the caller frees. */
int atr_args_policy_text(char **out, const atr_cli *cli,
                         const atr_policy *policy);

/* atr_args_holder opens the attribute key of --identity, or the only one;
 * atr_args_key the attribute key `which`, atr_args_person the identity key. */
int atr_args_holder(atr_holder **out, const atr_cli *cli);
int atr_args_key(atr_holder **out, const atr_cli *cli, const char *which);
int atr_args_person(atr_person **out, const atr_cli *cli, const char *which);

/* atr_args_attrs reads a list such as "ONE, year=5"; `what` names it in an
 * error. atr_args_attrs_json makes an array of texts of it. */
int atr_args_attrs(atr_attrs *out, const atr_cli *cli, const char *what,
                   const char *text);
json_t *atr_args_attrs_json(const atr_attrs *attrs);

/* atr_args_attrs_text writes the list, without the period of a key; the caller
 * frees it; NULL without memory. */
char *atr_args_attrs_text(const atr_attrs *attrs);

/* atr_args_seconds reads a time such as 7d, 12h, 90m or 30s, or 0; `*out` stays
 * when the option is not there. */
int atr_args_seconds(uint64_t *out, const atr_cli *cli, const char *option);

/* atr_args_hex makes a JSON text of bytes. */
json_t *atr_args_hex(const uint8_t *bytes, size_t len);

/* atr_args_text makes a JSON text of bytes from others, made valid UTF-8. */
json_t *atr_args_text(atr_bytes text);

#endif
