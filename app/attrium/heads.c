#include "app/attrium/heads.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/attrium/profile.h"

#define VERSION 1
static const uint8_t mark[8] = "ATRHEADS";

/* ---- bytes ---- */

static void build_seen(atr_builder *builder, const atr_seen *seen)
{
    char text[ATR_LINK_TEXT_MAX] = "";

    (void)!atr_address_format(text, &seen->at);
    atr_build_bytes(builder, ATR_BYTES(seen->vk));
    atr_build_field(builder, (atr_bytes){(const uint8_t *)text, strlen(text)});
    atr_trace_head_build(builder, &seen->head);
}

void atr_heads_build(atr_builder *builder, const atr_heads *heads)
{
    atr_build_bytes(builder, ATR_BYTES(mark));
    atr_build_u8(builder, VERSION);
    atr_build_u16(builder, (uint16_t)heads->count);
    for (size_t i = 0; i < heads->count; i++) {
        build_seen(builder, &heads->seen[i]);
    }
}

static void read_seen(atr_seen *out, atr_reader *reader)
{
    char text[ATR_LINK_TEXT_MAX] = "";
    char again[ATR_LINK_TEXT_MAX];
    atr_bytes field;

    atr_read_copy(reader, out->vk, sizeof out->vk);
    field = atr_read_field(reader);
    if (reader->failed || field.len >= sizeof text) {
        atr_reader_fail(reader);
        return;
    }
    memcpy(text, field.data, field.len);
    if (strlen(text) != field.len ||
        atr_address_parse(&out->at, text, NULL) != ATR_OK ||
        atr_address_format(again, &out->at) != ATR_OK ||
        strcmp(again, text) != 0 ||
        atr_trace_head_read(&out->head,
                            atr_read_view(reader, ATR_TRACE_HEAD_BYTES)) !=
            ATR_OK) {
        atr_reader_fail(reader);
    }
}

atr_err atr_heads_read(atr_heads *out, atr_bytes in)
{
    atr_reader reader = atr_reader_of(in);
    atr_bytes head = atr_read_view(&reader, sizeof mark);
    size_t count;
    atr_err err;

    memset(out, 0, sizeof *out);
    if (!atr_bytes_equal(head, ATR_BYTES(mark)) ||
        atr_read_u8(&reader) != VERSION) {
        return ATR_ERR_INPUT;
    }
    count = atr_read_u16(&reader);
    if (count > ATR_HEADS_MAX) {
        return ATR_ERR_INPUT;
    }
    for (size_t i = 0; i < count && !reader.failed; i++) {
        read_seen(&out->seen[i], &reader);
    }
    err = atr_reader_end(&reader);
    for (size_t i = 0; i < count && err == ATR_OK; i++) {
        err = atr_trace_verify(&out->seen[i].head, out->seen[i].vk);
    }
    if (err != ATR_OK) {
        memset(out, 0, sizeof *out);
        return err;
    }
    out->count = count;
    return ATR_OK;
}

/* ---- lists ---- */

atr_err atr_heads_add(atr_heads *heads, const atr_seen *seen)
{
    if (heads->count == ATR_HEADS_MAX) {
        return ATR_ERR_LIMIT;
    }
    heads->seen[heads->count++] = *seen;
    return ATR_OK;
}

static bool is_of(const atr_seen *seen, const uint8_t hm[32], uint8_t node)
{
    return seen->head.node == node &&
           memcmp(seen->head.hm, hm, sizeof seen->head.hm) == 0;
}

const atr_seen *atr_heads_find(const atr_heads *heads, const uint8_t hm[32],
                               uint8_t node)
{
    for (size_t i = 0; i < heads->count; i++) {
        if (is_of(&heads->seen[i], hm, node)) {
            return &heads->seen[i];
        }
    }
    return NULL;
}

static void remove_of(atr_heads *heads, const uint8_t hm[32], uint8_t node)
{
    size_t kept = 0;

    for (size_t i = 0; i < heads->count; i++) {
        if (!is_of(&heads->seen[i], hm, node)) {
            heads->seen[kept++] = heads->seen[i];
        }
    }
    heads->count = kept;
}

/* ---- files ---- */

static atr_err read_file(atr_heads *out, const char *path, atr_fault *fault)
{
    atr_file file = {0};
    atr_err err = atr_profile_read(&file, path, ATR_ARMOUR_HEADS,
                                   ATR_HEADS_BYTES_MAX, false, fault);

    memset(out, 0, sizeof *out);
    if (err == ATR_OK &&
        (err = atr_heads_read(out, (atr_bytes){file.data, file.len})) !=
            ATR_OK) {
        atr_fault_set(fault, err,
                      err == ATR_ERR_AUTH
                          ? "\"%s\" holds a head that its key has not signed"
                          : "\"%s\" is not a whole file of heads",
                      path);
    }
    atr_file_wipe(&file);
    return err;
}

static atr_err write_file(const char *path, const atr_heads *heads,
                          atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_HEADS_BYTES_MAX);
    atr_builder builder = atr_builder_of(bytes, ATR_HEADS_BYTES_MAX);
    atr_err err;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_heads_build(&builder, heads);
    err = atr_profile_write(path, ATR_ARMOUR_HEADS, atr_builder_bytes(&builder),
                            0600, fault);
    free(bytes);
    return err;
}

static atr_err path_of(char path[ATR_PATH_BYTES_MAX], const char *dir,
                       const uint8_t hm[32], bool make, atr_fault *fault)
{
    char name[65];

    atr_hex_write(name, (atr_bytes){hm, 32});
    return atr_profile_path(path, dir, ATR_PROFILE_HEADS, name, make, fault);
}

atr_err atr_heads_load(atr_heads *out, const char *dir, const uint8_t hm[32],
                       atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err = path_of(path, dir, hm, false, fault);

    out->count = 0;
    return err != ATR_OK || !atr_path_exists(path)
               ? err
               : read_file(out, path, fault);
}

atr_err atr_heads_add_file(atr_heads *out, const char *path, atr_fault *fault)
{
    atr_heads *one = malloc(sizeof *one);
    atr_err err;

    if (one == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = read_file(one, path, fault);
    for (size_t i = 0; err == ATR_OK && i < one->count; i++) {
        if ((err = atr_heads_add(out, &one->seen[i])) != ATR_OK) {
            atr_fault_set(fault, err, "more than %d heads", ATR_HEADS_MAX);
        }
    }
    free(one);
    return err;
}

atr_err atr_heads_load_all(atr_heads *out, const char *dir, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_names names = {0};
    atr_err err = atr_profile_list(&names, dir, ATR_PROFILE_HEADS, fault);

    for (size_t i = 0; i < names.count && err == ATR_OK; i++) {
        err = atr_profile_path(path, dir, ATR_PROFILE_HEADS, names.name[i],
                               false, fault);
        if (err == ATR_OK) {
            err = atr_heads_add_file(out, path, fault);
        }
    }
    atr_names_free(&names);
    return err;
}

/* ---- one process after the other ---- */

/* What is kept of an authority, under a lock. */
typedef struct {
    char path[ATR_PATH_BYTES_MAX];
    int fd;
    atr_heads heads;
} kept;

static atr_err take_lock(kept *k, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX + 8];

    snprintf(path, sizeof path, "%s.lock", k->path);
    k->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return k->fd >= 0 && flock(k->fd, LOCK_EX) == 0
               ? ATR_OK
               : atr_fault_os(fault, "cannot lock \"%s\"", path);
}

static void close_kept(kept *k)
{
    if (k != NULL) {
        if (k->fd >= 0) {
            close(k->fd);
        }
        free(k);
    }
}

static atr_err open_kept(kept **out, const char *dir, const uint8_t hm[32],
                         atr_fault *fault)
{
    kept *k = calloc(1, sizeof *k);
    atr_err err;

    *out = NULL;
    if (k == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    k->fd = -1;
    if ((err = path_of(k->path, dir, hm, true, fault)) == ATR_OK &&
        (err = take_lock(k, fault)) == ATR_OK &&
        (err = atr_heads_load(&k->heads, dir, hm, fault)) == ATR_OK) {
        *out = k;
        return ATR_OK;
    }
    close_kept(k);
    return err;
}

atr_err atr_heads_keep(const atr_heads *heads, const char *dir,
                       atr_fault *fault)
{
    atr_err err;
    kept *k;

    if (heads->count == 0) {
        return ATR_OK;
    }
    err = open_kept(&k, dir, heads->seen[0].head.hm, fault);
    if (k == NULL) {
        return err;
    }
    for (size_t i = 0; i < heads->count && err == ATR_OK; i++) {
        const atr_seen *seen = &heads->seen[i];
        const atr_trace_head *head = &seen->head;
        const atr_seen *was = atr_heads_find(&k->heads, head->hm, head->node);

        if (was == NULL || memcmp(was->vk, seen->vk, sizeof was->vk) != 0 ||
            was->head.tree.size <= head->tree.size) {
            remove_of(&k->heads, head->hm, head->node);
            err = atr_heads_add(&k->heads, seen);
        }
    }
    if (err == ATR_OK) {
        err = write_file(k->path, &k->heads, fault);
    }
    close_kept(k);
    return err;
}

atr_err atr_heads_forget(const char *dir, const uint8_t hm[32], uint8_t node,
                         atr_fault *fault)
{
    kept *k;
    atr_err err = open_kept(&k, dir, hm, fault);

    if (k == NULL) {
        return err;
    }
    if (atr_heads_find(&k->heads, hm, node) == NULL) {
        err = atr_fault_set(fault, ATR_ERR_STATE, "no head of node %u is kept",
                            node);
    } else {
        remove_of(&k->heads, hm, node);
        err = write_file(k->path, &k->heads, fault);
    }
    close_kept(k);
    return err;
}

atr_err atr_heads_evidence(char path[ATR_PATH_BYTES_MAX], const char *dir,
                           const atr_seen *a, const atr_seen *b,
                           atr_fault *fault)
{
    atr_heads *both = malloc(sizeof *both);
    char name[64];
    char hex[17];
    atr_err err;

    if (both == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    both->count = 2;
    both->seen[0] = *a;
    both->seen[1] = *b;
    atr_hex_write(hex, (atr_bytes){a->head.hm, 8});
    snprintf(name, sizeof name, "%s-%u-%llu", hex, a->head.node,
             (unsigned long long)b->head.tree.size);
    err = atr_profile_path(path, dir, ATR_PROFILE_EVIDENCE, name, true, fault);
    if (err == ATR_OK) {
        err = write_file(path, both, fault);
    }
    free(both);
    return err;
}
