#include "app/kmsd/vault_process.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/kmsd/commands.h"
#include "app/kmsd/passphrase.h"
#include "app/kmsd/vault.h"
#include "host/clock.h"

#define HELLO_BYTES (1 + 32)

void atr_errand_write(uint8_t out[ATR_ERRAND_BYTES], const atr_errand *errand)
{
    atr_builder b = atr_builder_of(out, ATR_ERRAND_BYTES);

    atr_build_u64(&b, errand->ticket);
    atr_build_u8(&b, errand->renews);
    atr_build_bytes(&b, ATR_BYTES(errand->id));
    atr_build_u32(&b, errand->term.period);
    atr_build_u32(&b, errand->term.generation);
    atr_build_u32(&b, errand->term.share);
    atr_build_u64(&b, errand->log);
    atr_build_u8(&b, (uint8_t)errand->err);
}

atr_err atr_errand_read(atr_errand *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    uint8_t renews;
    uint8_t err;

    memset(out, 0, sizeof *out);
    out->ticket = atr_read_u64(&r);
    renews = atr_read_u8(&r);
    out->renews = renews == 1;
    atr_read_copy(&r, out->id, sizeof out->id);
    out->term.period = atr_read_u32(&r);
    out->term.generation = atr_read_u32(&r);
    out->term.share = atr_read_u32(&r);
    out->log = atr_read_u64(&r);
    err = atr_read_u8(&r);
    out->err = (atr_err)err;
    return err <= ATR_ERR_IO && renews <= 1 ? atr_reader_end(&r)
                                            : ATR_ERR_INPUT;
}

/* ---- the child ---- */

/* All that it has. */
typedef struct {
    const atr_cli *cli;
    int fd;
    atr_node *node;
    atr_ledger *ledger;
    atr_secret secret;    /* the passphrase, or empty */
    atr_node_share share; /* secret */
    atr_node_key key;     /* secret */
    atr_vault vault;
} child;

static int open_share(child *c)
{
    bool locked = false;
    atr_fault fault;
    atr_err err = atr_node_share_is_locked(&locked, c->node, &fault);
    int code = 0;

    if (err == ATR_OK && locked) {
        (void)mlock(&c->secret, sizeof c->secret); /* where that is allowed */
        code = atr_kmsd_passphrase(&c->secret, c->cli, false);
    }
    if (err == ATR_OK && code == 0) {
        (void)mlock(&c->share, sizeof c->share);
        err = atr_node_share_open(&c->share, c->node,
                                  (atr_bytes){c->secret.data, c->secret.len},
                                  &fault);
    }
    return err == ATR_OK
               ? code
               : atr_cli_fail(c->cli, atr_cli_exit_of(err), "%s", fault.text);
}

static int open_key(child *c)
{
    atr_fault fault;
    atr_err err;

    (void)mlock(&c->key, sizeof c->key);
    err = atr_node_key_find(&c->key, c->node, c->share.node, &fault);
    return err == ATR_OK
               ? 0
               : atr_cli_fail(c->cli, atr_cli_exit_of(err), "%s", fault.text);
}

/* Who it is: the number of the node, and what its heads are verified with. */
static int greet(const child *c)
{
    uint8_t hello[HELLO_BYTES];

    hello[0] = c->share.node;
    memcpy(hello + 1, c->key.vk, sizeof c->key.vk);
    return send(c->fd, hello, sizeof hello, MSG_NOSIGNAL) ==
                   (ssize_t)sizeof hello
               ? 0
               : ATR_EXIT_FAILED;
}

static int open_all(child *c)
{
    int code;

    if ((code = atr_kmsd_open_node(&c->node, c->cli)) != 0 ||
        (code = atr_kmsd_open_ledger(&c->ledger, c->cli, c->node)) != 0 ||
        (code = open_share(c)) != 0 || (code = open_key(c)) != 0) {
        return code;
    }
    if (atr_vault_init(&c->vault, c->node, c->ledger, &c->share, &c->key) !=
        ATR_OK) {
        return atr_cli_fail(c->cli, ATR_EXIT_FAILED, "no memory");
    }
    if (atr_vault_begin(&c->vault, atr_clock_wall_ms()) != ATR_OK) {
        return atr_cli_fail(c->cli, ATR_EXIT_FAILED, ATR_NODE_LEDGER ": %s",
                            atr_ledger_fault(c->ledger));
    }
    return greet(c);
}

/* The next errand; waits for it unless there are some already. False when
 * there is none, or at the parent's end. */
static bool take_errand(atr_errand *out, const child *c, bool wait)
{
    uint8_t bytes[ATR_ERRAND_BYTES + 1];
    ssize_t len;

    do {
        len = recv(c->fd, bytes, sizeof bytes, wait ? 0 : MSG_DONTWAIT);
    } while (len < 0 && errno == EINTR);
    return len > 0 &&
           atr_errand_read(out, (atr_bytes){bytes, (size_t)len}) == ATR_OK;
}

static bool answer(const child *c, const atr_errand *errand)
{
    uint8_t bytes[ATR_ERRAND_BYTES];

    atr_errand_write(bytes, errand);
    return send(c->fd, bytes, sizeof bytes, MSG_NOSIGNAL) ==
           (ssize_t)sizeof bytes;
}

/* The share has been made anew; where that cannot be opened the one of before
 * stays. */
static atr_err renew(child *c)
{
    atr_node *now = NULL;
    atr_node_share share;
    atr_fault fault;
    atr_err err = atr_node_open(&now, c->node->dir, &fault);

    (void)mlock(&share, sizeof share);
    if (err == ATR_OK &&
        (err = atr_node_share_open(
             &share, now, (atr_bytes){c->secret.data, c->secret.len},
             &fault)) == ATR_OK) {
        err = share.node == c->share.node ? atr_node_follow(c->node, now)
                                          : ATR_ERR_AUTH;
        c->share = err == ATR_OK ? share : c->share;
    }
    if (err == ATR_OK) {
        err = atr_vault_begin(&c->vault, atr_clock_wall_ms());
    }
    atr_node_share_wipe(&share);
    atr_node_close(now);
    return err;
}

/* What has gathered is one transaction, and ends with a new share. */
static bool serve(child *c)
{
    atr_errand errands[ATR_VAULT_TOGETHER];
    atr_ledger_partial jobs[ATR_VAULT_TOGETHER] = {0};
    size_t count = 0;
    bool renews = false;
    bool good = true;

    while (count < ATR_VAULT_TOGETHER && !renews &&
           take_errand(&errands[count], c, count == 0)) {
        memcpy(jobs[count].id, errands[count].id, sizeof jobs[count].id);
        jobs[count].term = errands[count].term;
        renews = errands[count++].renews;
    }
    atr_vault_issue(&c->vault, jobs, count - renews, atr_clock_wall_ms());
    if (renews) {
        jobs[count - 1].err = renew(c);
    }
    for (size_t i = 0; i < count && good; i++) {
        errands[i].err = jobs[i].err;
        good = answer(c, &errands[i]);
    }
    return count > 0 && good;
}

static int run_child(const atr_cli *cli, int fd)
{
    child c = {.cli = cli, .fd = fd};
    int code = open_all(&c);

    while (code == 0 && serve(&c)) {
    }
    atr_vault_wipe(&c.vault);
    atr_node_key_wipe(&c.key);
    atr_node_share_wipe(&c.share);
    atr_secret_wipe(&c.secret);
    atr_ledger_close(c.ledger);
    atr_node_close(c.node);
    return code;
}

/* ---- the parent ---- */

/* The parent has no use for what the passphrase is read from. */
static void close_passphrase(const atr_cli *cli)
{
    uint64_t fd = 0;

    if (atr_cli_has(cli, "passphrase-fd") &&
        atr_cli_number(&fd, cli, "passphrase-fd", 0, 65535) && fd > 2) {
        (void)close((int)fd);
    }
}

int atr_vault_start(atr_vault_process *out, const atr_cli *cli)
{
    uint8_t hello[HELLO_BYTES] = {0};
    int code =
        atr_child_start(&out->child, cli, run_child, hello, sizeof hello);

    out->node = hello[0];
    memcpy(out->vk, hello + 1, sizeof out->vk);
    close_passphrase(cli);
    return code;
}
