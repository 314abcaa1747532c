/* key renew: the key of the present period, from the grant of the one before.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/renewal.h"

/* What is renewed: the bytes of either kind. */
typedef struct {
    const atr_keyring *ring;
    char path[ATR_PATH_BYTES_MAX];
    atr_holder *holder; /* a key that lay under a passphrase, or */
    atr_person *person;
    const atr_secret *passphrase; /* of it; NULL: in the open */
    atr_keyfile attributes;       /* what came, or */
    atr_idfile identity;
} renewal;

static int report(const atr_cli *cli, const renewal *r)
{
    const bool is_identity = r->ring == &atr_keyring_identities;
    char date[ATR_RENEWAL_DATE_BYTES_MAX];
    atr_period period = {.number = r->identity.key.id.period};
    json_t *out;

    atr_renewal_date(date, is_identity
                               ? atr_renewal_until_identity(&r->identity)
                               : atr_renewal_until(&r->attributes));
    if (!cli->json) {
        atr_cli_note(cli, "the key in \"%s\" serves until %s", r->path, date);
        return ATR_EXIT_DONE;
    }
    out = atr_cli_document();
    json_object_set_new(out, "file", json_string(r->path));
    if (!is_identity) {
        (void)atr_attrs_period(&period, &r->attributes.key.attrs);
        json_object_set_new(out, "generation", json_integer(period.generation));
    }
    json_object_set_new(out, "period", json_integer((json_int_t)period.number));
    json_object_set_new(out, "until", json_string(date));
    return atr_cli_print_json(cli, out);
}

/* The file of the key, which is opened where that takes its passphrase. */
static int find(renewal *r, const atr_cli *cli)
{
    const char *dir = atr_cli_value(cli, "dir");
    const char *which = cli->operand_count > 0 ? cli->operands[0] : NULL;
    atr_fault fault = {{0}};
    bool locked = false;
    int code = ATR_EXIT_DONE;

    r->ring = atr_keyring_of(dir, which);
    if (atr_keyring_find(r->path, r->ring, dir, which, &fault) != ATR_OK ||
        atr_keyring_look(&locked, r->ring, dir, r->path, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    if (locked && r->ring == &atr_keyring_identities) {
        code = atr_args_person(&r->person, cli, r->path);
    } else if (locked) {
        code = atr_args_key(&r->holder, cli, r->path);
    }
    r->passphrase = r->person   ? &r->person->passphrase
                    : r->holder ? &r->holder->passphrase
                                : NULL;
    return code;
}

static int renew(renewal *r, const atr_cli *cli)
{
    const atr_renewal_of key = {r->path, r->passphrase, 0};
    const bool is_identity = r->ring == &atr_keyring_identities;
    atr_fault fault = {{0}};
    int code = is_identity ? atr_renewal_fetch_identity(&r->identity, cli, &key)
                           : atr_renewal_fetch(&r->attributes, cli, &key);

    if (code == ATR_EXIT_DONE &&
        (is_identity
             ? atr_person_write(r->path, &r->identity, r->passphrase, &fault)
             : atr_renewal_save(r->path, &r->attributes, r->passphrase,
                                &fault)) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    return code;
}

int atr_key_renew(const atr_cli *cli)
{
    renewal *r = calloc(1, sizeof *r);
    int code;

    if (r == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    if ((code = find(r, cli)) == ATR_EXIT_DONE &&
        (code = renew(r, cli)) == ATR_EXIT_DONE) {
        code = report(cli, r);
    }
    atr_holder_close(r->holder);
    atr_person_close(r->person);
    atr_wipe(r, sizeof *r);
    free(r);
    return code;
}
