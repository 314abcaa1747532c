#include "app/kmsd/ceremony_status.h"

#include <stdio.h>

#include "kex/dkg.h"

#define CARDS "cards"
#define CARDS_BYTES_MAX (ATR_ISSUE_NODES_MAX * (ATR_CARD_TEXT_MAX + 1))

atr_err atr_ceremony_dir(char out[ATR_PATH_BYTES_MAX], const char *dir,
                         uint32_t generation)
{
    char name[32] = "ceremony";

    if (generation > 0) {
        snprintf(name, sizeof name, "ceremony-%lu", (unsigned long)generation);
    }
    return atr_path_join(out, dir, name);
}

atr_err atr_ceremony_keep_cards(const char *log, const atr_peers *peers,
                                atr_fault *fault)
{
    char text[CARDS_BYTES_MAX];
    char path[ATR_PATH_BYTES_MAX];
    size_t at = 0;

    for (size_t i = 0; i < peers->count; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\n",
                               peers->peers[i].card);
    }
    if (atr_path_join(path, log, CARDS) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", log);
    }
    return atr_file_write(path, (atr_bytes){(uint8_t *)text, at}, 0600,
                          ATR_FILE_REPLACE, fault);
}

void atr_ceremony_cards(atr_peers *out, const char *log)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    atr_fault fault;
    char *rest;
    char *line;

    memset(out, 0, sizeof *out);
    if (atr_path_join(path, log, CARDS) != ATR_OK || !atr_path_exists(path) ||
        atr_file_read(&file, path, CARDS_BYTES_MAX, &fault) != ATR_OK) {
        return;
    }
    for (line = strtok_r((char *)file.data, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        if (out->count == ATR_ISSUE_NODES_MAX ||
            atr_card_parse(&out->peers[out->count], line, &fault) != ATR_OK) {
            memset(out, 0, sizeof *out); /* damaged: as if it were not there */
            break;
        }
        out->count++;
    }
    atr_file_wipe(&file);
}

/* Who has spoken in a round; in round 0, who is known. */
static uint16_t heard_in(const char *log, unsigned round, size_t nodes)
{
    uint16_t set = 0;

    for (uint8_t i = 1; i <= nodes; i++) {
        char name[32];
        char path[ATR_PATH_BYTES_MAX];

        if (round == 0) {
            snprintf(name, sizeof name, "who-%u", (unsigned)i);
        } else {
            snprintf(name, sizeof name, "said-%u-%u", round, (unsigned)i);
        }
        if (atr_path_join(path, log, name) == ATR_OK && atr_path_exists(path)) {
            set |= (uint16_t)(1U << (i - 1));
        }
    }
    return set;
}

atr_ceremony_state atr_ceremony_state_of(const char *log)
{
    static const char *const words[] = {
        "meeting", "hello", "deal", "complaint", "answer", "open", "done"};
    unsigned round = ATR_DKG_DONE;
    atr_peers peers;

    atr_ceremony_cards(&peers, log);
    while (round > 0 && heard_in(log, round, peers.count) == 0) {
        round--;
    }
    return (atr_ceremony_state){peers.count, words[round],
                                heard_in(log, round, peers.count)};
}

json_t *atr_ceremony_state_json(const atr_ceremony_state *state)
{
    json_t *list = json_array();

    for (size_t i = 1; i <= state->nodes; i++) {
        if ((state->heard >> (i - 1) & 1) != 0) {
            json_array_append_new(list, json_integer((json_int_t)i));
        }
    }
    return json_pack("{s:I, s:s, s:o}", "nodes", (json_int_t)state->nodes,
                     "round", state->round, "heard", list);
}

void atr_ceremony_state_print(const atr_ceremony_state *state)
{
    printf("ceremony of %zu nodes\nround %s\nheard", state->nodes,
           state->round);
    for (size_t i = 1; i <= state->nodes; i++) {
        if ((state->heard >> (i - 1) & 1) != 0) {
            printf(" %zu", i);
        }
    }
    printf("\n");
}
