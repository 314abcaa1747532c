/* room create, room list, room inspect. */
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/crowd.h"
#include "app/attrium/renewal.h"
#include "app/attrium/visit.h"
#include "host/entropy.h"
#include "proto/utf8.h"
#include "sym/ed25519.h"

#define VISIT_BYTES_MAX ((size_t)64 << 20)

/* ---- create ---- */

static int name_of(atr_room_descriptor *room, const atr_cli *cli)
{
    const char *name = atr_cli_value(cli, "name");
    size_t len = name != NULL ? strlen(name) : 0;

    if (len > sizeof room->name) {
        return atr_cli_usage(cli, "a room's name has at most %d bytes",
                             ATR_ROOM_NAME_BYTES_MAX);
    }
    if (!atr_utf8_is_label((atr_bytes){(const uint8_t *)name, len})) {
        return atr_cli_usage(cli, "a room's name is printable text, without "
                                  "invisible characters");
    }
    if (len > 0) {
        memcpy(room->name, name, len);
    }
    room->name_len = (uint8_t)len;
    return ATR_EXIT_DONE;
}

/* Fills in what is drawn, and keeps the creator's key. */
static void draw(atr_room_descriptor *room, uint8_t *secret)
{
    atr_rng rng;
    uint8_t seed[32];

    atr_entropy_rng(&rng);
    atr_rng_bytes(&rng, seed, sizeof seed);
    atr_ed25519_keypair(room->admin, secret, seed);
    atr_rng_bytes(&rng, room->nonce, sizeof room->nonce);
    atr_wipe(seed, sizeof seed);
    atr_rng_wipe(&rng);
}

static int keep_admin(const atr_cli *cli, const atr_link *link,
                      const uint8_t *secret)
{
    char path[ATR_PATH_BYTES_MAX];
    char id[65];
    atr_fault fault = {{0}};

    atr_hex_write(id, ATR_BYTES(link->room));
    if (atr_profile_path(path, atr_cli_value(cli, "dir"), ATR_PROFILE_ROOM, id,
                         true, &fault) != ATR_OK ||
        atr_file_write(path, (atr_bytes){secret, ATR_ED25519_SECRET_BYTES},
                       0600, ATR_FILE_NEW, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    return ATR_EXIT_DONE;
}

static int print_link(const atr_cli *cli, const atr_link *link)
{
    char text[ATR_LINK_TEXT_MAX];
    json_t *out;

    if (atr_link_format(text, sizeof text, link) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "the link is too long");
    }
    if (!cli->json) {
        printf("%s\n", text);
        return ATR_EXIT_DONE;
    }
    out = atr_cli_document();
    json_object_set_new(out, "link", json_string(text));
    json_object_set_new(out, "room", atr_args_hex(link->room, 32));
    return atr_cli_print_json(cli, out);
}

/* The periods of a room are those of its authority's keys. */
static int period_of(atr_room_descriptor *room, const atr_cli *cli,
                     const atr_authority *authority)
{
    uint64_t seconds = authority->period_s;
    int code = atr_args_seconds(&seconds, cli, "period");

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (seconds != 0 && seconds != authority->period_s) {
        return atr_cli_usage(cli,
                             "--period: the keys of this authority are for "
                             "%lu s; want that, or 0 for none",
                             (unsigned long)authority->period_s);
    }
    if (seconds == 0 && authority->period_s != 0) {
        atr_cli_note(cli, "this room has no periods: whoever has a key for it "
                          "once has one for ever");
    }
    room->period_s = (uint32_t)seconds;
    return ATR_EXIT_DONE;
}

static int min_crowd_of(atr_room_descriptor *room, const atr_cli *cli)
{
    uint64_t people = 0;

    if (!atr_cli_number(&people, cli, "min-crowd", 0, ATR_CROWD_MAX)) {
        return ATR_EXIT_USAGE;
    }
    room->min_crowd = (uint32_t)people;
    return ATR_EXIT_DONE;
}

static int create(const atr_cli *cli, atr_link *link, const atr_holder *holder,
                  atr_room_descriptor *room)
{
    atr_mem mem = atr_heap(VISIT_BYTES_MAX);
    uint8_t secret[ATR_ED25519_SECRET_BYTES];
    uint8_t mpk[ATR_MPK_BYTES];
    atr_visitor *visitor = calloc(1, sizeof *visitor);
    int code;

    draw(room, secret);
    atr_mpk_write(mpk, &holder->abe.mpk);
    if (visitor == NULL || atr_visitor_init(visitor, &mem, ATR_VISIT_CREATE,
                                            room, mpk, NULL) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_USAGE,
                            "this room cannot be: its name must be printable "
                            "text and its policy within the limits");
    } else {
        code = atr_visit_hall(visitor, cli, link);
    }
    if (code == ATR_EXIT_DONE) {
        memcpy(link->room, visitor->room, sizeof link->room);
        link->has_room = true;
        code = keep_admin(cli, link, secret);
    }
    if (code == ATR_EXIT_DONE) {
        code = print_link(cli, link);
    }
    if (visitor != NULL) {
        atr_visitor_wipe(visitor);
    }
    free(visitor);
    atr_wipe(secret, sizeof secret);
    return code;
}

int atr_room_create_run(const atr_cli *cli)
{
    atr_room_descriptor *room = calloc(1, sizeof *room);
    atr_holder *holder = NULL;
    atr_link link;
    int code;

    if (room == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    room->kex = ATR_ROOM_KEX_AKE1;
    room->history = ATR_ROOM_HISTORY_NONE;
    room->listed = atr_cli_has(cli, "listed");
    if ((code = atr_visit_link(&link, cli, atr_cli_value(cli, "hall"),
                               false)) == ATR_EXIT_DONE &&
        (code = name_of(room, cli)) == ATR_EXIT_DONE &&
        (code = min_crowd_of(room, cli)) == ATR_EXIT_DONE &&
        (code = atr_args_policy(&room->policy, cli,
                                cli->operand_count > 0 ? cli->operands[0]
                                                       : NULL)) ==
            ATR_EXIT_DONE &&
        (code = atr_args_holder(&holder, cli)) == ATR_EXIT_DONE) {
        room->scheme = holder->kem.scheme;
        memcpy(room->hm, holder->kem.hm, sizeof room->hm);
        code = period_of(room, cli, &holder->file.authority);
        room->version = room->period_s != 0 || room->min_crowd != 0 ? 2 : 1;
        if (code == ATR_EXIT_DONE) {
            code = create(cli, &link, holder, room);
        }
    }
    atr_holder_close(holder);
    free(room);
    return code;
}

/* ---- list, inspect ---- */

typedef struct {
    const atr_cli *cli;
    const atr_link *link;
    const atr_visitor *visitor;
    bool full;       /* inspect: more about one room */
    atr_crowd crowd; /* of that one */
} view;

/* The public parameters of the room's authority, from the profile: of any key
 * that came from it. */
static void find_nodes(atr_crowd_nodes *out, const char *dir,
                       const uint8_t hm[32])
{
    atr_names names = {0};
    atr_fault fault = {{0}};
    bool found = false;

    *out = (atr_crowd_nodes){.count = 0};
    if (atr_profile_list(&names, dir, ATR_PROFILE_AUTHORITY, &fault) !=
        ATR_OK) {
        return;
    }
    for (size_t i = 0; i < names.count && !found; i++) {
        atr_holder *holder = NULL;

        if (atr_holder_public(&holder, dir, names.name[i], &fault) == ATR_OK &&
            memcmp(holder->kem.hm, hm, sizeof holder->kem.hm) == 0) {
            atr_crowd_nodes_of(out, dir, &holder->file.authority, hm);
            found = true;
        }
        atr_holder_close(holder);
    }
    atr_names_free(&names);
}

static json_t *room_json(const view *v, const atr_room_descriptor *room,
                         const char *link, const char *policy)
{
    const atr_scheme *scheme = atr_scheme_by_id(room->scheme);
    json_t *out = json_object();

    json_object_set_new(out, "link", json_string(link));
    json_object_set_new(out, "name",
                        atr_args_text((atr_bytes){room->name, room->name_len}));
    json_object_set_new(out, "policy", json_string(policy));
    json_object_set_new(out, "scheme",
                        json_string(scheme != NULL ? scheme->name : "unknown"));
    json_object_set_new(out, "authority", atr_args_hex(room->hm, 32));
    json_object_set_new(out, "key_exchange", json_string("ab-ake"));
    json_object_set_new(out, "history", json_string("none"));
    json_object_set_new(out, "listed", json_boolean(room->listed));
    json_object_set_new(out, "period_seconds", json_integer(room->period_s));
    json_object_set_new(out, "min_crowd", json_integer(room->min_crowd));
    if (v->full) {
        json_object_set_new(out, "epoch",
                            json_integer((json_int_t)v->visitor->epoch));
        json_object_set_new(out, "members", json_integer(v->visitor->members));
        json_object_set_new(out, "crowd",
                            v->crowd.is_known ? json_integer(v->crowd.people)
                                              : json_null());
        if (room->period_s != 0) {
            json_object_set_new(
                out, "period",
                json_integer((json_int_t)v->visitor->period.number));
            json_object_set_new(out, "generation",
                                json_integer(v->visitor->period.generation));
        }
    }
    return out;
}

static void print_period(const view *v, const atr_room_descriptor *room)
{
    const atr_period period = v->visitor->period;
    char date[ATR_RENEWAL_DATE_BYTES_MAX];

    if (room->period_s == 0) {
        printf("period        none: old keys open it for ever\n");
        return;
    }
    atr_renewal_date(date, atr_period_end(period.number, room->period_s));
    printf("period        %llu, generation %lu, until %s\n",
           (unsigned long long)period.number, (unsigned long)period.generation,
           date);
}

static void print_crowd(const view *v, const atr_room_descriptor *room)
{
    char text[ATR_CROWD_TEXT_MAX];

    atr_crowd_text(text, &v->crowd);
    printf("crowd         %s", text);
    if (room->min_crowd != 0) {
        printf("; wants %lu", (unsigned long)room->min_crowd);
    }
    printf("\n");
}

static void print_room(const view *v, const atr_room_descriptor *room,
                       const char *link, const char *policy)
{
    const atr_scheme *scheme = atr_scheme_by_id(room->scheme);
    char name[4 * ATR_ROOM_NAME_BYTES_MAX];
    char fingerprint[ATR_FINGERPRINT_TEXT_MAX];

    atr_cli_clean(name, sizeof name, (atr_bytes){room->name, room->name_len});
    if (!v->full) {
        printf("%s\n  name    %s\n  policy  %s\n", link, name, policy);
        return;
    }
    atr_fingerprint_write(fingerprint, room->hm);
    printf("link          %s\n", link);
    printf("name          %s\n", name);
    printf("policy        %s\n", policy);
    printf("authority     %s\n", fingerprint);
    printf("scheme        %s on BLS12-381\n",
           scheme != NULL ? scheme->name : "unknown");
    printf("key exchange  ab-ake, history none\n");
    printf("listed        %s\n", room->listed ? "yes" : "no");
    print_period(v, room);
    print_crowd(v, room);
    printf("epoch         %llu\n", (unsigned long long)v->visitor->epoch);
    printf("members       %u\n", v->visitor->members);
}

static void ask_crowd(view *v, const atr_room_descriptor *room)
{
    atr_crowd_nodes nodes;

    find_nodes(&nodes, atr_cli_value(v->cli, "dir"), room->hm);
    atr_crowd_wait(&v->crowd, &nodes, &room->policy);
}

/* Shows one descriptor; into `list` where that is not NULL. */
static int show(view *v, json_t *list, atr_bytes descriptor)
{
    atr_room_descriptor *room = calloc(1, sizeof *room);
    atr_link link = *v->link;
    char text[ATR_LINK_TEXT_MAX];
    char *policy = NULL;
    int code = ATR_EXIT_DONE;

    atr_room_id(link.room, descriptor);
    link.has_room = true;
    if (room == NULL || atr_room_read(room, descriptor) != ATR_OK ||
        (v->full && memcmp(link.room, v->link->room, sizeof link.room) != 0) ||
        atr_link_format(text, sizeof text, &link) != ATR_OK) {
        code = atr_cli_fail(v->cli, ATR_EXIT_CORRUPT,
                            "the hall shows a malformed room");
    } else if ((code = atr_args_policy_text(&policy, v->cli, &room->policy)) ==
               ATR_EXIT_DONE) {
        if (v->full) {
            ask_crowd(v, room);
        }
        if (list != NULL) {
            json_array_append_new(list, room_json(v, room, text, policy));
        } else {
            print_room(v, room, text, policy);
        }
    }
    free(policy);
    free(room);
    return code;
}

static int show_all(view *v)
{
    atr_reader reader = atr_reader_of(atr_queue_bytes(&v->visitor->found));
    json_t *list = v->cli->json ? json_array() : NULL;
    int code = ATR_EXIT_DONE;
    json_t *out;

    while (reader.left > 0 && !reader.failed && code == ATR_EXIT_DONE) {
        atr_bytes descriptor = atr_read_field(&reader);

        if (!reader.failed) {
            code = show(v, list, descriptor);
        }
    }
    if (code == ATR_EXIT_DONE && list != NULL) {
        out = atr_cli_document();
        if (v->full) {
            json_object_update(out, json_array_get(list, 0));
        } else {
            json_object_set(out, "rooms", list);
        }
        code = atr_cli_print_json(v->cli, out);
    }
    json_decref(list);
    return code;
}

static int ask(const atr_cli *cli, const atr_link *link, atr_visit_kind kind)
{
    atr_mem mem = atr_heap(VISIT_BYTES_MAX);
    atr_visitor *visitor = calloc(1, sizeof *visitor);
    view v = {.cli = cli,
              .link = link,
              .visitor = visitor,
              .full = kind == ATR_VISIT_LOOK};
    int code;

    if (visitor == NULL ||
        atr_visitor_init(visitor, &mem, kind, NULL, NULL,
                         kind == ATR_VISIT_LOOK ? link->room : NULL) !=
            ATR_OK) {
        free(visitor);
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_visit_hall(visitor, cli, link);
    if (code == ATR_EXIT_DONE) {
        code = show_all(&v);
    }
    atr_visitor_wipe(visitor);
    free(visitor);
    return code;
}

int atr_room_list_run(const atr_cli *cli)
{
    atr_link link;
    int code = atr_visit_link(&link, cli, atr_cli_value(cli, "hall"), false);

    return code == ATR_EXIT_DONE ? ask(cli, &link, ATR_VISIT_LIST) : code;
}

int atr_room_inspect_run(const atr_cli *cli)
{
    atr_link link;
    int code = atr_visit_link(&link, cli, cli->operands[0], true);

    return code == ATR_EXIT_DONE ? ask(cli, &link, ATR_VISIT_LOOK) : code;
}
