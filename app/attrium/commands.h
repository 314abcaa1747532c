/* commands.h - the commands of `attrium`, one file each, and their table. */
#ifndef ATR_COMMANDS_H
#define ATR_COMMANDS_H

#include "app/cli.h"

extern const atr_cli_program atr_attrium_program;

int atr_key_request(const atr_cli *cli);
int atr_key_fetch(const atr_cli *cli);
int atr_key_import(const atr_cli *cli);
int atr_key_list(const atr_cli *cli);
int atr_key_inspect(const atr_cli *cli);
int atr_key_renew(const atr_cli *cli);
int atr_key_passphrase(const atr_cli *cli);
int atr_policy_check_run(const atr_cli *cli);
int atr_policy_format_run(const atr_cli *cli);
int atr_policy_explain_run(const atr_cli *cli);
int atr_policy_cost_run(const atr_cli *cli);
int atr_room_create_run(const atr_cli *cli);
int atr_room_list_run(const atr_cli *cli);
int atr_room_inspect_run(const atr_cli *cli);
int atr_chat_run(const atr_cli *cli);
int atr_seal_run(const atr_cli *cli);
int atr_open_run(const atr_cli *cli);
int atr_inspect_run(const atr_cli *cli);
int atr_ibake_run(const atr_cli *cli);
int atr_trace_show_run(const atr_cli *cli);
int atr_trace_export_run(const atr_cli *cli);
int atr_trace_compare_run(const atr_cli *cli);
int atr_trace_verify_run(const atr_cli *cli);
int atr_trace_forget_run(const atr_cli *cli);
int atr_compare_run(const atr_cli *cli);
int atr_lab_run(const atr_cli *cli);
int atr_demo_run(const atr_cli *cli);

#endif
