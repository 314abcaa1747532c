/* commands.h - the command line of attrium-kmsd: its table, and what the
 * commands share. */
#ifndef ATR_KMSD_COMMANDS_H
#define ATR_KMSD_COMMANDS_H

#include "app/cli.h"
#include "app/kmsd/ledger_trace.h"
#include "app/kmsd/node.h"

#define ATR_KMSD_DIR "/var/lib/attrium-kmsd"
#define ATR_KMSD_LISTEN "127.0.0.1:7001"
#define ATR_KMSD_LOCK "run.lock"

extern const atr_cli_program atr_kmsd_program;

/* atr_kmsd_dir is --dir, $ATTRIUM_KMSD_DIR or the default. */
const char *atr_kmsd_dir(const atr_cli *cli);

/* Both open what stands in the directory, or print the error and return the
 * exit code. */
int atr_kmsd_open_node(atr_node **out, const atr_cli *cli);
int atr_kmsd_open_ledger(atr_ledger **out, const atr_cli *cli,
                         const atr_node *node);

/* atr_kmsd_time reads an option such as "12h", from 1 s to 3650 d, in ms;
 * absent, `*out` stays. Returns 0, or the exit code. */
int atr_kmsd_time(uint64_t *out, const atr_cli *cli, const char *option);

/* atr_kmsd_check_trace audits the Merkle log of the ledger by this node's key,
 * and says what is wrong with it. Returns 0, or the exit code. */
int atr_kmsd_check_trace(atr_trace_audit *out, const atr_cli *cli,
                         const atr_node *node, atr_ledger *ledger);

/* atr_kmsd_is_running tells whether a `run` has the directory. */
bool atr_kmsd_is_running(const atr_node *node);

/* atr_kmsd_universe reads --attributes, which names a file (kept in `file`;
 * wipe it) or is the list itself; absent, `*out` stays. Returns as above. */
int atr_kmsd_universe(atr_bytes *out, atr_file *file, const atr_cli *cli);

/* atr_kmsd_overtaken says that node `by` has newer shares than this one, of
 * which it got none. Returns the exit code. */
int atr_kmsd_overtaken(const atr_cli *cli, size_t by);

int atr_kmsd_init(const atr_cli *cli);     /* init.c */
int atr_kmsd_card(const atr_cli *cli);     /* card.c */
int atr_kmsd_requests(const atr_cli *cli); /* list.c */
int atr_kmsd_status(const atr_cli *cli);   /* status.c */
int atr_kmsd_audit(const atr_cli *cli);
int atr_kmsd_audit_verify(const atr_cli *cli);
int atr_kmsd_approve(const atr_cli *cli); /* decide.c */
int atr_kmsd_deny(const atr_cli *cli);
int atr_kmsd_withdraw(const atr_cli *cli);
int atr_kmsd_revoke(const atr_cli *cli);
int atr_kmsd_registrar_new(const atr_cli *cli); /* enlist.c */
int atr_kmsd_registrar_show(const atr_cli *cli);
int atr_kmsd_issue(const atr_cli *cli);  /* issue.c */
int atr_kmsd_backup(const atr_cli *cli); /* recover.c */
int atr_kmsd_restore(const atr_cli *cli);
int atr_kmsd_drill(const atr_cli *cli);
int atr_kmsd_refresh(const atr_cli *cli); /* reshare.c */
int atr_kmsd_replace(const atr_cli *cli);

#endif
