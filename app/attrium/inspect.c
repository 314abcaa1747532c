/* inspect: what a file of this project is, shown without any key. */
#include <stdio.h>
#include <stdlib.h>

#include "app/address.h"
#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/stream.h"
#include "scheme/sealed.h"

/* How long the input is from here on, read to its end. */
static atr_err count_rest(uint64_t *out, atr_input *input, atr_fault *fault)
{
    static uint8_t sink[65536];
    size_t len = sizeof sink;
    atr_err err = ATR_OK;

    *out = 0;
    while (err == ATR_OK && len == sizeof sink) {
        err = atr_input_read(sink, &len, sizeof sink, input, fault);
        *out += len;
    }
    return err;
}

typedef struct {
    atr_sealed_header header;
    uint64_t chunks;
    uint64_t content;
    bool whole; /* the sizes fit together; says nothing of forgery */
} sealed_file;

static void measure(sealed_file *file, uint64_t rest)
{
    uint64_t last = rest % ATR_SEALED_CHUNK_SEALED_BYTES;

    file->chunks = rest / ATR_SEALED_CHUNK_SEALED_BYTES + (last != 0);
    file->whole = rest >= 16 && (last == 0 || last >= 16);
    file->content = file->whole ? rest - 16 * file->chunks : 0;
}

static const char *scheme_name(uint8_t id)
{
    const atr_scheme *scheme = atr_scheme_by_id(id);

    return scheme != NULL ? scheme->name : "unknown";
}

static void print_fingerprint(const char *label, const uint8_t hash[32])
{
    char text[ATR_FINGERPRINT_TEXT_MAX];

    atr_fingerprint_write(text, hash);
    printf("%-12s %s\n", label, text);
}

static int print_sealed(const atr_cli *cli, const sealed_file *file)
{
    const atr_sealed_header *header = &file->header;
    atr_policy_rows rows;
    json_t *out;
    char *policy;
    int code = atr_args_policy_text(&policy, cli, &header->policy);

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    atr_policy_rows_of(&rows, &header->policy);
    if (!cli->json) {
        printf("type         sealed file, version %u\n", header->version);
        printf("scheme       %s on BLS12-381\n", scheme_name(header->scheme));
        print_fingerprint("authority", header->hm);
        printf("policy       %s\n", policy);
        printf("rows         %zu\n", rows.count);
        printf("capsule      %zu bytes\n", header->capsule.len);
        printf("header       %zu bytes\n", header->header_len);
        printf("content      %llu bytes in %llu chunks%s\n",
               (unsigned long long)file->content,
               (unsigned long long)file->chunks,
               file->whole ? "" : " (CUT OFF)");
        free(policy);
        return ATR_EXIT_DONE;
    }
    out = atr_cli_document();
    json_object_set_new(out, "type", json_string("sealed"));
    json_object_set_new(out, "version", json_integer(header->version));
    json_object_set_new(out, "scheme",
                        json_string(scheme_name(header->scheme)));
    json_object_set_new(out, "curve", json_string("BLS12-381"));
    json_object_set_new(out, "authority", atr_args_hex(header->hm, 32));
    json_object_set_new(out, "policy", json_string(policy));
    json_object_set_new(out, "rows", json_integer((json_int_t)rows.count));
    json_object_set_new(out, "capsule_bytes",
                        json_integer((json_int_t)header->capsule.len));
    json_object_set_new(out, "header_bytes",
                        json_integer((json_int_t)header->header_len));
    json_object_set_new(out, "content_bytes",
                        json_integer((json_int_t)file->content));
    json_object_set_new(out, "chunks", json_integer((json_int_t)file->chunks));
    json_object_set_new(out, "whole", json_boolean(file->whole));
    free(policy);
    return atr_cli_print_json(cli, out);
}

static int inspect_sealed(const atr_cli *cli, atr_input *input, atr_bytes head)
{
    sealed_file *file = calloc(1, sizeof *file);
    atr_fault fault = {{0}};
    uint64_t rest;
    atr_err err;
    int code;

    if (file == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    if ((err = atr_sealed_header_read(&file->header, head)) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            err == ATR_ERR_LIMIT
                                ? "the sealed file is cut off in its header"
                                : "this is a sealed file of a newer version, "
                                  "or a damaged one");
        free(file);
        return code;
    }
    atr_input_skip(input, file->header.header_len);
    if ((err = count_rest(&rest, input, &fault)) != ATR_OK) {
        code = atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    } else {
        measure(file, rest);
        code = print_sealed(cli, file);
        if (code == ATR_EXIT_DONE && !file->whole) {
            code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                                "the sealed file is cut off");
        }
    }
    free(file);
    return code;
}

/* Where a node is, as its card says it. */
static const char *card_of(char out[ATR_LINK_TEXT_MAX],
                           const atr_node_entry *entry)
{
    return atr_address_format(out, &entry->at) == ATR_OK ? out : "?";
}

static void print_nodes(const atr_nodes *nodes)
{
    char text[ATR_LINK_TEXT_MAX];

    for (size_t i = 0; i < nodes->count; i++) {
        printf("node %-7zu %s\n", i + 1, card_of(text, &nodes->entries[i]));
    }
}

static json_t *cards_json(const atr_nodes *nodes)
{
    char text[ATR_LINK_TEXT_MAX];
    json_t *list = json_array();

    for (size_t i = 0; i < nodes->count; i++) {
        json_array_append_new(
            list, json_string(card_of(text, &nodes->entries[i])));
    }
    return list;
}

static int print_authority(const atr_cli *cli, const atr_authority *authority)
{
    atr_bytes name = {authority->name, authority->name_len};
    uint8_t wire[ATR_MPK_BYTES];
    char clean[4 * ATR_AUTHORITY_NAME_BYTES_MAX];
    const bool both = atr_authority_gives_identities(authority);
    uint8_t id_hm[32];
    uint8_t hm[32];
    json_t *out;
    atr_abe *abe = malloc(sizeof *abe);

    if (abe == NULL || atr_abe_init(abe, &authority->mpk) != ATR_OK) {
        free(abe);
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the authority's scheme is unknown");
    }
    memcpy(hm, abe->hm, sizeof hm);
    free(abe);
    if (both) {
        atr_bf_mpk_hash(id_hm, authority->identities.mpk);
    }
    atr_mpk_write(wire, &authority->mpk);
    atr_cli_clean(clean, sizeof clean, name);
    if (!cli->json) {
        printf("type         authority \"%s\"\n", clean);
        printf("scheme       %s on BLS12-381\n", scheme_name(wire[0]));
        print_fingerprint("fingerprint", hm);
        if (both) {
            print_fingerprint("identities", id_hm);
        }
        printf("nodes        %u of %u issue a key\n",
               authority->issue.threshold, authority->issue.nodes);
        print_nodes(&authority->nodes);
        return ATR_EXIT_DONE;
    }
    out = atr_cli_document();
    json_object_set_new(out, "type", json_string("authority"));
    json_object_set_new(out, "name", atr_args_text(name));
    json_object_set_new(out, "scheme", json_string(scheme_name(wire[0])));
    json_object_set_new(out, "fingerprint", atr_args_hex(hm, 32));
    if (both) {
        json_object_set_new(out, "identities", atr_args_hex(id_hm, 32));
    }
    json_object_set_new(out, "nodes", json_integer(authority->issue.nodes));
    json_object_set_new(out, "threshold",
                        json_integer(authority->issue.threshold));
    if (authority->nodes.count > 0) {
        json_object_set_new(out, "cards", cards_json(&authority->nodes));
    }
    return atr_cli_print_json(cli, out);
}

static int inspect_authority(const atr_cli *cli, atr_bytes head)
{
    atr_authority *authority = calloc(1, sizeof *authority);
    uint8_t *bytes = malloc(ATR_AUTHORITY_BYTES_MAX);
    size_t len;
    int code;

    if (authority != NULL && bytes != NULL &&
        atr_armour_read(bytes, &len, ATR_AUTHORITY_BYTES_MAX,
                        ATR_ARMOUR_AUTHORITY, head) == ATR_OK &&
        atr_authority_read(authority, (atr_bytes){bytes, len}) == ATR_OK) {
        code = print_authority(cli, authority);
    } else {
        code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "not a sealed file, and not an authority's "
                            "public parameters either, or damaged");
    }
    free(authority);
    free(bytes);
    return code;
}

static bool begins(atr_bytes bytes, atr_bytes mark)
{
    return bytes.len >= mark.len &&
           memcmp(bytes.data, mark.data, mark.len) == 0;
}

static bool is_key(atr_bytes head)
{
    return begins(head, ATR_LITERAL("ATRKEY")) ||
           begins(head, ATR_LITERAL("ATRIDKEY")) ||
           atr_armour_is_of(head, ATR_ARMOUR_KEY) ||
           atr_armour_is_of(head, ATR_ARMOUR_IDENTITY);
}

int atr_inspect_run(const atr_cli *cli)
{
    const char *path = cli->operand_count > 0 ? cli->operands[0] : "-";
    atr_fault fault = {{0}};
    atr_bytes head;
    atr_input input;
    atr_err err;
    int code;

    if (atr_input_open(&input, path, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    err = atr_input_peek(&head, &input, ATR_SEALED_HEADER_BYTES_MAX, &fault);
    if (err != ATR_OK) {
        code = atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    } else if (begins(head, ATR_LITERAL("ATRSEAL"))) {
        code = inspect_sealed(cli, &input, head);
    } else if (is_key(head)) {
        code = atr_cli_fail(cli, ATR_EXIT_USAGE,
                            "this is a key: see \"attrium key inspect\"");
    } else {
        code = inspect_authority(cli, head);
    }
    atr_input_close(&input);
    return code;
}
