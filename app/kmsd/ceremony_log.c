#include "app/kmsd/ceremony_log.h"

#include <stdio.h>
#include <stdlib.h>

#define VERSION 1
#define HEAD_BYTES (7 + 1 + ATR_CEREMONY_WHO_BYTES + 2)

static const uint8_t mark[] = {'A', 'T', 'R', 'C', 'E', 'R', 'E'};

static atr_err path_of(char path[ATR_PATH_BYTES_MAX], const char *dir,
                       const char *name, atr_fault *fault)
{
    return atr_path_join(path, dir, name) == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
}

static atr_err read_named(atr_file *out, const char *dir, const char *name,
                          atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err = path_of(path, dir, name, fault);

    if (err == ATR_OK && !atr_path_exists(path)) {
        return ATR_ERR_STATE;
    }
    return err == ATR_OK
               ? atr_file_read(out, path, ATR_DKG_MESSAGE_BYTES_MAX, fault)
               : err;
}

static atr_err write_named(const char *dir, const char *name, atr_bytes bytes,
                           atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err = path_of(path, dir, name, fault);

    return err == ATR_OK
               ? atr_file_write(path, bytes, 0600, ATR_FILE_NEW, fault)
               : err;
}

static void build_who(atr_builder *builder, const atr_ceremony_who *who)
{
    atr_build_bytes(builder, ATR_BYTES(who->plan));
    atr_build_bytes(builder, ATR_BYTES(who->vk));
    atr_build_bytes(builder, ATR_BYTES(who->start));
}

static void read_who(atr_ceremony_who *out, atr_reader *reader)
{
    atr_read_copy(reader, out->plan, sizeof out->plan);
    atr_read_copy(reader, out->vk, sizeof out->vk);
    atr_read_copy(reader, out->start, sizeof out->start);
}

atr_err atr_ceremony_meet(const char *dir, uint8_t node,
                          const atr_ceremony_who *who, atr_fault *fault)
{
    uint8_t bytes[ATR_CEREMONY_WHO_BYTES];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    char name[16];

    snprintf(name, sizeof name, "who-%u", (unsigned)node);
    build_who(&b, who);
    return write_named(dir, name, atr_builder_bytes(&b), fault);
}

atr_err atr_ceremony_known(atr_ceremony_who *out, const char *dir, uint8_t node,
                           atr_fault *fault)
{
    atr_file file = {0};
    char name[16];
    atr_reader r;
    atr_err err;

    snprintf(name, sizeof name, "who-%u", (unsigned)node);
    if ((err = read_named(&file, dir, name, fault)) != ATR_OK) {
        return err;
    }
    r = atr_reader_of((atr_bytes){file.data, file.len});
    read_who(out, &r);
    if (atr_reader_end(&r) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s/%s", dir, name);
    }
    atr_file_wipe(&file);
    return err;
}

static void name_message(char name[32], const char *word, atr_dkg_round round,
                         uint8_t node)
{
    snprintf(name, 32, "%s-%u-%u", word, (unsigned)round, (unsigned)node);
}

atr_err atr_ceremony_keep(const char *dir, bool other, atr_bytes message,
                          atr_fault *fault)
{
    atr_dkg_round round;
    uint8_t node;
    char name[32];
    atr_err err;

    if (atr_dkg_peek(&round, &node, message) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "no message of a ceremony");
    }
    name_message(name, other ? "other" : "said", round, node);
    err = write_named(dir, name, message, fault);
    return err == ATR_ERR_STATE ? ATR_OK : err;
}

atr_err atr_ceremony_said(atr_file *out, const char *dir, atr_dkg_round round,
                          uint8_t node, atr_fault *fault)
{
    char name[32];

    name_message(name, "said", round, node);
    return read_named(out, dir, name, fault);
}

/* Adds a message to the page, or nothing when it is not there. */
static atr_err add_message(atr_file *page, size_t *count, const char *dir,
                           const char *name, atr_fault *fault)
{
    atr_file message = {0};
    atr_err err = read_named(&message, dir, name, fault);
    atr_builder b;
    uint8_t *more;

    if (err != ATR_OK) {
        return err == ATR_ERR_STATE ? ATR_OK : err;
    }
    more = realloc(page->data, page->len + 4 + message.len);
    if (!more) {
        err = atr_fault_set(fault, ATR_ERR_IO, "no memory");
    } else {
        page->data = more;
        b = atr_builder_of(more + page->len, 4 + message.len);
        atr_build_field(&b, (atr_bytes){message.data, message.len});
        page->len += b.len;
        (*count)++;
    }
    atr_file_wipe(&message);
    return err;
}

/* What contradicts itself is shown in any case: the others have to know. */
static atr_err add_all(atr_file *page, const char *dir, unsigned from,
                       atr_fault *fault)
{
    atr_err err = ATR_OK;
    size_t count = 0;
    atr_builder b;

    for (unsigned at = 0;
         at < ATR_DKG_DONE * ATR_DKG_NODES_MAX && err == ATR_OK; at++) {
        const unsigned round = ATR_DKG_HELLO + at / ATR_DKG_NODES_MAX;
        const uint8_t node = (uint8_t)(1 + at % ATR_DKG_NODES_MAX);
        const size_t before = count;
        char name[32];

        name_message(name, "other", (atr_dkg_round)round, node);
        err = add_message(page, &count, dir, name, fault);
        if (err == ATR_OK && (round >= from || count > before)) {
            name_message(name, "said", (atr_dkg_round)round, node);
            err = add_message(page, &count, dir, name, fault);
        }
    }
    b = atr_builder_of(page->data + HEAD_BYTES - 2, 2);
    atr_build_u16(&b, (uint16_t)count);
    return err;
}

atr_err atr_ceremony_page(atr_file *out, const char *dir, uint8_t node,
                          unsigned from, atr_fault *fault)
{
    atr_ceremony_who who;
    atr_err err = atr_ceremony_known(&who, dir, node, fault);
    atr_builder b;

    *out = (atr_file){0};
    if (err != ATR_OK) {
        return err;
    }
    out->data = malloc(HEAD_BYTES);
    if (!out->data) {
        return atr_fault_set(fault, ATR_ERR_IO, "no memory");
    }
    out->len = HEAD_BYTES;
    b = atr_builder_of(out->data, HEAD_BYTES);
    atr_build_bytes(&b, ATR_BYTES(mark));
    atr_build_u8(&b, VERSION);
    build_who(&b, &who);
    err = add_all(out, dir, from, fault);
    if (err != ATR_OK) {
        atr_file_wipe(out);
    }
    return err;
}

atr_err atr_ceremony_page_read(atr_ceremony_who *who, atr_reader *rest,
                               size_t *count, atr_bytes page)
{
    atr_reader r = atr_reader_of(page);

    if (!atr_bytes_equal(atr_read_view(&r, sizeof mark), ATR_BYTES(mark)) ||
        atr_read_u8(&r) != VERSION) {
        atr_reader_fail(&r);
    }
    read_who(who, &r);
    *count = atr_read_u16(&r);
    *rest = r;
    if (*count > (size_t)2 * ATR_DKG_DONE * ATR_DKG_NODES_MAX) {
        atr_reader_fail(&r);
    }
    for (size_t i = 0; i < *count; i++) {
        (void)atr_read_field(&r);
    }
    return atr_reader_end(&r);
}
