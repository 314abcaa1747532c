#include "app/kmsd/backup.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/locked.h"
#include "base/bytes.h"
#include "host/entropy.h"
#include "scheme/sealed.h"

#define KEY_BYTES 32
#define LOCKED_BYTES (KEY_BYTES + ATR_LOCKED_EXTRA_BYTES)
#define HEAD_BYTES (8 + LOCKED_BYTES)
#define ENTRY_BYTES_MAX (1 + 4 + ATR_BACKUP_NAME_BYTES_MAX + 2 + 8)
#define FILE_BYTES_MAX (UINT64_C(1) << 40)
#define FILES_MAX 256

static const uint8_t magic[8] = {'A', 'T', 'R', 'B', 'A', 'C', 'K', 1};

struct atr_backup {
    atr_draft draft;
    atr_sealed stream;
    size_t len; /* of what waits in `plain` */
    uint8_t plain[ATR_SEALED_CHUNK_BYTES];
    uint8_t chunk[ATR_SEALED_CHUNK_SEALED_BYTES];
};

/* What may be the name of a file of a node: none that leaves a directory, none
 * that is hidden. */
static bool is_name(atr_bytes name)
{
    if (name.len == 0 || name.len > ATR_BACKUP_NAME_BYTES_MAX ||
        name.data[0] == '.') {
        return false;
    }
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = name.data[i];

        if (c <= ' ' || c == '/' || c >= 0x7f) {
            return false;
        }
    }
    return true;
}

/* --- writing --- */

static atr_err write_head(atr_backup *b, atr_bytes passphrase, atr_fault *fault)
{
    uint8_t head[HEAD_BYTES];
    atr_rng rng;
    atr_err err;

    memcpy(head, magic, sizeof magic);
    atr_entropy_rng(&rng);
    atr_rng_bytes(&rng, b->stream.key, sizeof b->stream.key);
    err = atr_locked_seal(head + sizeof magic, passphrase,
                          ATR_BYTES(b->stream.key), &rng);
    atr_rng_wipe(&rng);
    return err == ATR_OK
               ? atr_draft_write(&b->draft, ATR_BYTES(head), fault)
               : atr_fault_set(fault, err, "no memory for the passphrase");
}

void atr_backup_drop(atr_backup *b)
{
    if (b) {
        atr_draft_drop(&b->draft);
        atr_wipe(b, sizeof *b);
        free(b);
    }
}

atr_err atr_backup_create(atr_backup **out, const char *path, atr_file_how how,
                          atr_bytes passphrase, atr_fault *fault)
{
    atr_backup *b = calloc(1, sizeof *b);
    atr_err err;

    *out = NULL;
    if (!b) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    if ((err = atr_draft_open(&b->draft, path, 0600, how, fault)) != ATR_OK) {
        free(b);
        return err;
    }
    if ((err = write_head(b, passphrase, fault)) != ATR_OK) {
        atr_backup_drop(b);
        return err;
    }
    *out = b;
    return ATR_OK;
}

static atr_err seal(atr_backup *b, bool last, atr_fault *fault)
{
    const size_t len =
        b->len + ATR_SEALED_CHUNK_SEALED_BYTES - ATR_SEALED_CHUNK_BYTES;
    atr_err err = atr_sealed_chunk(&b->stream, b->chunk,
                                   (atr_bytes){b->plain, b->len}, last);

    b->len = 0;
    return err == ATR_OK
               ? atr_draft_write(&b->draft, (atr_bytes){b->chunk, len}, fault)
               : atr_fault_set(fault, err, "too much to keep");
}

static atr_err put(atr_backup *b, atr_bytes bytes, atr_fault *fault)
{
    atr_err err = ATR_OK;

    while (err == ATR_OK && bytes.len > 0) {
        size_t some;

        if (b->len == sizeof b->plain) {
            err = seal(b, false, fault);
            continue;
        }
        some = sizeof b->plain - b->len;
        some = bytes.len < some ? bytes.len : some;
        memcpy(b->plain + b->len, bytes.data, some);
        b->len += some;
        bytes.data += some;
        bytes.len -= some;
    }
    return err;
}

/* Exactly `len` bytes: a file that shrinks meanwhile is no file of ours. */
static atr_err put_file(atr_backup *b, atr_source *source, uint64_t len,
                        atr_fault *fault)
{
    uint8_t buffer[16384];
    atr_err err = ATR_OK;

    while (err == ATR_OK && len > 0) {
        size_t got = 0;
        const size_t want = len < sizeof buffer ? (size_t)len : sizeof buffer;

        err = atr_source_read(buffer, &got, want, source, fault);
        if (err == ATR_OK && got < want) {
            err = atr_fault_set(fault, ATR_ERR_IO, "%s: changes meanwhile",
                                source->path);
        }
        if (err == ATR_OK) {
            err = put(b, (atr_bytes){buffer, got}, fault);
            len -= got;
        }
    }
    atr_wipe(buffer, sizeof buffer);
    return err;
}

atr_err atr_backup_add(atr_backup *b, const char *name, const char *path,
                       atr_fault *fault)
{
    const atr_bytes named = {(const uint8_t *)name, strlen(name)};
    uint8_t bytes[ENTRY_BYTES_MAX];
    atr_builder head = atr_builder_of(bytes, sizeof bytes);
    atr_source source;
    struct stat about;
    atr_err err;

    if (!is_name(named)) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "not a file of a node: %s",
                             path);
    }
    if ((err = atr_source_open(&source, path, fault)) != ATR_OK) {
        return err;
    }
    if (fstat(source.fd, &about) != 0 || about.st_size < 0) {
        err = atr_fault_os(fault, "%s", path);
    } else {
        atr_build_u8(&head, 1);
        atr_build_field(&head, named);
        atr_build_u16(&head, (uint16_t)(about.st_mode & 0777));
        atr_build_u64(&head, (uint64_t)about.st_size);
        if ((err = put(b, atr_builder_bytes(&head), fault)) == ATR_OK) {
            err = put_file(b, &source, (uint64_t)about.st_size, fault);
        }
    }
    atr_source_close(&source);
    return err;
}

atr_err atr_backup_finish(atr_backup *b, atr_fault *fault)
{
    static const uint8_t end[1] = {0};
    atr_err err = put(b, ATR_BYTES(end), fault);

    if (err == ATR_OK && (err = seal(b, true, fault)) == ATR_OK) {
        err = atr_draft_commit(&b->draft, fault);
    }
    return err;
}

/* --- reading --- */

/* Chunks as they are opened; one is read ahead, to know the last. */
typedef struct {
    atr_source source;
    atr_sealed stream;
    size_t ahead_len;
    size_t len;
    size_t at;
    bool ended;
    uint8_t ahead[ATR_SEALED_CHUNK_SEALED_BYTES];
    uint8_t plain[ATR_SEALED_CHUNK_BYTES];
} reading;

static atr_err damaged(atr_fault *fault)
{
    return atr_fault_set(fault, ATR_ERR_AUTH,
                         "the backup is damaged or cut off");
}

static atr_err read_head(reading *r, atr_bytes passphrase, atr_fault *fault)
{
    uint8_t head[HEAD_BYTES];
    size_t len = 0;
    atr_err err = atr_source_read(head, &len, sizeof head, &r->source, fault);

    if (err != ATR_OK) {
        return err;
    }
    if (len < sizeof head || memcmp(head, magic, sizeof magic) != 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "%s: not a backup",
                             r->source.path);
    }
    err = atr_locked_open(r->stream.key, passphrase,
                          (atr_bytes){head + sizeof magic, LOCKED_BYTES});
    if (err != ATR_OK) {
        return atr_fault_set(fault, err, "%s: %s", r->source.path,
                             err == ATR_ERR_AUTH
                                 ? "wrong passphrase, or it is damaged"
                                 : "not a backup");
    }
    return atr_source_read(r->ahead, &r->ahead_len, sizeof r->ahead, &r->source,
                           fault);
}

static atr_err next_chunk(reading *r, atr_fault *fault)
{
    uint8_t chunk[ATR_SEALED_CHUNK_SEALED_BYTES];
    const size_t len = r->ahead_len;
    atr_err err;

    if (r->ended || len < sizeof chunk - ATR_SEALED_CHUNK_BYTES) {
        return damaged(fault);
    }
    memcpy(chunk, r->ahead, len);
    r->ahead_len = 0;
    if (len == sizeof chunk &&
        (err = atr_source_read(r->ahead, &r->ahead_len, sizeof r->ahead,
                               &r->source, fault)) != ATR_OK) {
        return err;
    }
    r->ended = r->ahead_len == 0;
    if (atr_sealed_unchunk(&r->stream, r->plain, (atr_bytes){chunk, len},
                           r->ended) != ATR_OK) {
        return damaged(fault);
    }
    r->len = len - (sizeof chunk - ATR_SEALED_CHUNK_BYTES);
    r->at = 0;
    return ATR_OK;
}

/* Borrows up to `most` bytes, at least 1. */
static atr_err take_some(atr_bytes *out, reading *r, uint64_t most,
                         atr_fault *fault)
{
    atr_err err = ATR_OK;

    if (r->at == r->len) {
        err = next_chunk(r, fault);
    }
    if (err == ATR_OK && r->at == r->len) {
        err = damaged(fault);
    }
    out->data = r->plain + r->at;
    out->len = err != ATR_OK           ? 0
               : r->len - r->at < most ? r->len - r->at
                                       : (size_t)most;
    r->at += out->len;
    return err;
}

static atr_err take(uint8_t *out, size_t len, reading *r, atr_fault *fault)
{
    atr_err err = ATR_OK;

    while (err == ATR_OK && len > 0) {
        atr_bytes some;

        err = take_some(&some, r, len, fault);
        if (err == ATR_OK) {
            memcpy(out, some.data, some.len);
            out += some.len;
            len -= some.len;
        }
    }
    return err;
}

/* The head of an entry; an empty name at the end. */
typedef struct {
    char name[ATR_BACKUP_NAME_BYTES_MAX + 1];
    unsigned mode;
    uint64_t len;
} entry;

static atr_err take_entry(entry *out, reading *r, atr_fault *fault)
{
    uint8_t bytes[10];
    uint8_t size[5];
    atr_reader in;
    uint32_t name_len;
    atr_err err;

    memset(out, 0, sizeof *out);
    if ((err = take(size, 1, r, fault)) != ATR_OK || size[0] == 0) {
        return err;
    }
    if ((err = take(size + 1, 4, r, fault)) != ATR_OK) {
        return err;
    }
    in = atr_reader_of((atr_bytes){size + 1, 4});
    name_len = atr_read_u32(&in);
    if (size[0] != 1 || name_len > ATR_BACKUP_NAME_BYTES_MAX) {
        return damaged(fault);
    }
    if ((err = take((uint8_t *)out->name, name_len, r, fault)) != ATR_OK ||
        (err = take(bytes, sizeof bytes, r, fault)) != ATR_OK) {
        return err;
    }
    in = atr_reader_of(ATR_BYTES(bytes));
    out->mode = atr_read_u16(&in);
    out->len = atr_read_u64(&in);
    return is_name((atr_bytes){(uint8_t *)out->name, name_len}) &&
                   out->mode <= 0777 && out->len <= FILE_BYTES_MAX
               ? ATR_OK
               : damaged(fault);
}

static atr_err write_entry(reading *r, const entry *e, const char *dir,
                           atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_draft draft;
    uint64_t left = e->len;
    atr_err err;

    if (atr_path_join(path, dir, e->name) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if ((err = atr_draft_open(&draft, path, e->mode, ATR_FILE_NEW, fault)) !=
        ATR_OK) {
        return err;
    }
    while (err == ATR_OK && left > 0) {
        atr_bytes some;

        err = take_some(&some, r, left, fault);
        if (err == ATR_OK) {
            err = atr_draft_write(&draft, some, fault);
            left -= some.len;
        }
    }
    if (err == ATR_OK) {
        err = atr_draft_commit(&draft, fault);
    }
    atr_draft_drop(&draft);
    return err;
}

static atr_err extract(reading *r, const char *dir, atr_bytes passphrase,
                       atr_fault *fault)
{
    atr_err err = read_head(r, passphrase, fault);
    entry e;

    for (size_t count = 0; err == ATR_OK; count++) {
        if ((err = take_entry(&e, r, fault)) != ATR_OK || !e.name[0]) {
            break;
        }
        err =
            count < FILES_MAX ? write_entry(r, &e, dir, fault) : damaged(fault);
    }
    /* The end is the end of the last chunk. */
    return err == ATR_OK && (r->at != r->len || !r->ended) ? damaged(fault)
                                                           : err;
}

atr_err atr_backup_extract(const char *path, const char *dir,
                           atr_bytes passphrase, atr_fault *fault)
{
    reading *r = calloc(1, sizeof *r);
    atr_err err;

    if (!r) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = atr_source_open(&r->source, path, fault);
    if (err == ATR_OK) {
        err = extract(r, dir, passphrase, fault);
        atr_source_close(&r->source);
    }
    atr_wipe(r, sizeof *r);
    free(r);
    return err;
}
