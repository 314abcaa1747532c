/* program.c - the table of commands: help, parsing and usage follow from it. */
#include "app/attrium/args.h"
#include "app/attrium/commands.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const atr_cli_option key_request_options[] = {
    {"authority", 'A', "URL",
     "node of the authority, https://HOST:PORT#PIN; once for each"},
    {"pin", 0, "HEX", "pin of the node's certificate, if not in URL"},
    {"fingerprint", 'F', "HEX", "what the authority's fingerprint must be"},
    {"identity", 'i', "NAME", "ask for an identity key: alice@example.org"},
    {"name", 'n', "NAME", "name of the key here (default or identity)"},
    {"note", 0, "TEXT", "evidence, for the administrator to read"},
    {"source", 0, "NAME", "who vouches in place of an administrator"},
    {"user", 0, "NAME", "the name that this source knows, if it asks"},
    {"password-file", 0, "FILE", "its password: first line; default: ask"},
    {"offline", 0, NULL, "write a request file; --authority is a file too"},
    {"output", 'o', "FILE", "write the request file to FILE"},
    {"wait", 'w', NULL, "wait for approval, then fetch the key"},
    {"timeout", 0, "SECONDS", "wait at most so long"},
    ATR_OPTION_FORCE,
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option key_fetch_options[] = {
    {"wait", 'w', NULL, "wait for approval"},
    {"timeout", 0, "SECONDS", "wait at most so long"},
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option key_import_options[] = {
    {"name", 'n', "NAME", "name of the request (default: the only one)"},
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option plain_options[] = {
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option key_inspect_options[] = {
    ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD,
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option key_passphrase_options[] = {
    {"remove", 0, NULL, "keep the key in the open, for its owner alone"},
    {"new-passphrase-file", 0, "FILE", "the new passphrase: first line"},
    ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD,
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option policy_options[] = {
    ATR_OPTION_POLICY_FILE,
    ATR_OPTION_JSON,
};

static const atr_cli_option explain_options[] = {
    ATR_OPTION_POLICY_FILE,
    ATR_OPTION_IDENTITY,
    ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD,
    {"attributes", 'a', "LIST", "explain for these instead of a key"},
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option room_create_options[] = {
    {"hall", 'H', "LINK", "the hall, attrium://HOST:PORT#PIN"},
    {"name", 'n', "NAME", "public name of the room"},
    {"listed", 'l', NULL, "show the room to whoever asks the hall"},
    {"min-crowd", 0, "N", "keep out unless N people could be here"},
    {"period", 0, "TIME", "as the authority's keys (the default), or 0"},
    ATR_OPTION_POLICY_FILE,
    ATR_OPTION_IDENTITY,
    ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD,
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option room_list_options[] = {
    {"hall", 'H', "LINK", "the hall, attrium://HOST:PORT#PIN"},
    ATR_OPTION_JSON,
};

static const atr_cli_option room_inspect_options[] = {
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option chat_options[] = {
    ATR_OPTION_IDENTITY,
    ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD,
    {"nick", 'n', "NAME", "what others see beside your messages"},
    {"plain", 0, NULL, "a line for each event, no line editing"},
    {"give-up", 0, "SECONDS", "stop after so long without connection"},
    ATR_CLI_OPTIONS_COLOUR,
    {"force", 0, NULL, "enter however few could; try where the policy says no"},
    ATR_OPTION_DIR,
    {"json", 0, NULL, "read commands and write events as NDJSON"},
};

static const atr_cli_option seal_options[] = {
    {"policy", 'p', "POLICY", "who may open it"},
    ATR_OPTION_POLICY_FILE,
    ATR_OPTION_IDENTITY,
    ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD,
    {"authority", 'A', "FILE", "public parameters, instead of a key's"},
    {"armor", 'a', NULL, "write text: lines of base64"},
    {"output", 'o', "FILE", "write to FILE"},
    ATR_OPTION_FORCE,
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option open_options[] = {
    ATR_OPTION_IDENTITY,      ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD, {"output", 'o', "FILE", "write to FILE"},
    ATR_OPTION_FORCE,         ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option inspect_options[] = {
    ATR_OPTION_JSON,
};

static const atr_cli_option ibake_options[] = {
    {"listen", 'l', "ADDRESS:PORT", "wait for the peer's connection"},
    {"connect", 'c', "HOST:PORT", "connect to the peer"},
    {"identity", 'i', "KEY", "your identity key: its name or its file"},
    ATR_OPTION_PASSPHRASE_FILE,
    ATR_OPTION_PASSPHRASE_FD,
    {"timeout", 0, "SECONDS", "give up when unconfirmed for so long (30)"},
    ATR_OPTION_DIR,
    {"json", 0, NULL, "write events on standard error as JSON, errors too"},
};

static const atr_cli_option trace_export_options[] = {
    {"output", 'o', "FILE", "write to FILE"},
    ATR_OPTION_FORCE,
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option trace_verify_options[] = {
    {"all", 'a', NULL, "read every entry, and compute the tree anew"},
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option trace_forget_options[] = {
    {"authority", 'A', "HEX", "the beginning of its fingerprint"},
    ATR_OPTION_DIR,
    ATR_OPTION_JSON,
};

static const atr_cli_option compare_options[] = {
    {"quick", 0, NULL, "small groups only, within a minute"},
    {"method", 'm', "NAME", "only this method; once for each"},
    {"list", 'l', NULL, "show the methods, and stop"},
    {"max", 0, "N", "groups of at most N members (1000)"},
    {"latency", 0, "MS", "of the network, in milliseconds (20)"},
    {"bandwidth", 0, "MBIT", "of each party's line, Mbit/s (100)"},
    {"jobs", 'j', "N", "groups at a time (one a processor)"},
    {"csv", 0, "FILE", "write all counts to FILE"},
    {"html", 0, "FILE", "write a page with plots to FILE"},
    ATR_OPTION_FORCE,
    ATR_OPTION_JSON,
};

static const atr_cli_option lab_options[] = {
    ATR_OPTION_JSON,
};

static const atr_cli_option demo_options[] = {
    {"threshold", 't', NULL, "an authority of five nodes: any three issue"},
    {"keep", 'k', "DIR", "work in DIR, which must not exist, and keep it"},
    ATR_CLI_OPTIONS_COLOUR,
};

#define OPTIONS(table) (table), COUNT(table)

static const atr_cli_command commands[] = {
    {"key request", "[ATTRIBUTE...]", "ask an authority for a key",
     OPTIONS(key_request_options), 0, 64, atr_key_request},
    {"key fetch", "[NAME]", "fetch a key that was requested",
     OPTIONS(key_fetch_options), 0, 1, atr_key_fetch},
    {"key renew", "[KEY]", "get the key of the present period",
     OPTIONS(key_inspect_options), 0, 1, atr_key_renew},
    {"key import", "FILE...", "take the answer to an offline request",
     OPTIONS(key_import_options), 1, 15, atr_key_import},
    {"key list", "", "show the keys that are here", OPTIONS(plain_options), 0,
     0, atr_key_list},
    {"key inspect", "[KEY]", "show what a key is for",
     OPTIONS(key_inspect_options), 0, 1, atr_key_inspect},
    {"key passphrase", "[KEY]", "put a key under a passphrase, or change it",
     OPTIONS(key_passphrase_options), 0, 1, atr_key_passphrase},
    {"policy check", "[POLICY]", "say whether a policy is well-formed",
     OPTIONS(policy_options), 0, 1, atr_policy_check_run},
    {"policy format", "[POLICY]", "write a policy in its one canonical form",
     OPTIONS(policy_options), 0, 1, atr_policy_format_run},
    {"policy explain", "[POLICY]", "say why a key satisfies it, or what lacks",
     OPTIONS(explain_options), 0, 1, atr_policy_explain_run},
    {"policy cost", "[POLICY]", "say what it costs in bytes and time",
     OPTIONS(policy_options), 0, 1, atr_policy_cost_run},
    {"room create", "[POLICY]", "make a room, and print its link",
     OPTIONS(room_create_options), 0, 1, atr_room_create_run},
    {"room list", "", "show the listed rooms of a hall",
     OPTIONS(room_list_options), 0, 0, atr_room_list_run},
    {"room inspect", "LINK", "show what a room is",
     OPTIONS(room_inspect_options), 1, 1, atr_room_inspect_run},
    {"chat", "LINK", "enter a room and talk", OPTIONS(chat_options), 1, 1,
     atr_chat_run},
    {"seal", "[FILE]", "seal a file for whoever satisfies a policy",
     OPTIONS(seal_options), 0, 1, atr_seal_run},
    {"open", "[FILE]", "open a sealed file", OPTIONS(open_options), 0, 1,
     atr_open_run},
    {"inspect", "[FILE]", "show what a file says without any key",
     OPTIONS(inspect_options), 0, 1, atr_inspect_run},
    {"ibake", "PEER", "open a pipe to somebody known by identity",
     OPTIONS(ibake_options), 1, 1, atr_ibake_run},
    {"trace show", "", "show how the logs of nodes were last seen",
     OPTIONS(plain_options), 0, 0, atr_trace_show_run},
    {"trace export", "", "write that for somebody to compare",
     OPTIONS(trace_export_options), 0, 0, atr_trace_export_run},
    {"trace compare", "FILE...", "compare it with what others saw",
     OPTIONS(plain_options), 1, 64, atr_trace_compare_run},
    {"trace verify", "", "ask the nodes whether their logs only grew",
     OPTIONS(trace_verify_options), 0, 0, atr_trace_verify_run},
    {"trace forget", "NODE", "trust the next log of a node as the first",
     OPTIONS(trace_forget_options), 1, 1, atr_trace_forget_run},
    {"compare", "", "run methods of group key exchange side by side",
     OPTIONS(compare_options), 0, 0, atr_compare_run},
    {"lab", "[CHAPTER]", "walk through the algebra with live values",
     OPTIONS(lab_options), 0, 1, atr_lab_run},
    {"demo", "", "show the whole of it, in a temporary directory",
     OPTIONS(demo_options), 0, 0, atr_demo_run},
};

const atr_cli_program atr_attrium_program = {
    "attrium",
    "rooms that people enter by what they are",
    commands,
    COUNT(commands),
    "\"attrium COMMAND --help\" shows the options of a command.\n"
    "exit status: 0 done, 1 failed, 2 usage, 3 not allowed by the policy,\n"
    "4 corrupt or forged, 5 expired, 6 server or network, 7 refused for\n"
    "safety, 130 interrupted\n",
    true};
