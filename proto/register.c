#include "proto/register.h"

#include "proto/utf8.h"
#include "sym/hash.h"

#define VERSION 1
#define DOMAIN "ATR1/KMS/statement"

/* ---- the body of each kind: written and read ---- */

static void build_body(atr_builder *b, const atr_statement *s)
{
    if (s->kind == ATR_STATEMENT_REQUEST) {
        atr_build_field(b, s->request);
        atr_build_field(b, s->text);
        return;
    }
    if (s->kind == ATR_STATEMENT_GENERATION) {
        atr_build_u32(b, s->generation);
        return;
    }
    atr_build_bytes(b, ATR_BYTES(s->id));
    if (s->kind == ATR_STATEMENT_APPROVE) {
        atr_build_u64(b, s->until);
    } else if (s->kind == ATR_STATEMENT_DENY) {
        atr_build_field(b, s->text);
    }
}

static void read_text(atr_statement *out, atr_reader *r)
{
    out->text = atr_read_field(r);
    if (out->text.len > ATR_STATEMENT_TEXT_BYTES_MAX ||
        !atr_utf8_is_text(out->text)) {
        atr_reader_fail(r);
    }
}

/* The request must be one, and its hash is what the others speak of. */
static void read_request(atr_statement *out, atr_reader *r)
{
    atr_enrol_request request;

    out->request = atr_read_field(r);
    read_text(out, r);
    if (r->failed || atr_enrol_request_read(&request, out->request) != ATR_OK) {
        atr_reader_fail(r);
        return;
    }
    atr_enrol_request_id(out->id, out->hm, &request);
}

static void read_body(atr_statement *out, atr_reader *r)
{
    switch (out->kind) {
    case ATR_STATEMENT_REQUEST:
        read_request(out, r);
        return;
    case ATR_STATEMENT_APPROVE:
        atr_read_copy(r, out->id, sizeof out->id);
        out->until = atr_read_u64(r);
        if (out->until == 0 || out->until > ATR_FOR_EVER) {
            atr_reader_fail(r);
        }
        return;
    case ATR_STATEMENT_DENY:
        atr_read_copy(r, out->id, sizeof out->id);
        read_text(out, r);
        return;
    case ATR_STATEMENT_WITHDRAW:
        atr_read_copy(r, out->id, sizeof out->id);
        return;
    case ATR_STATEMENT_GENERATION:
        out->generation = atr_read_u32(r);
        if (out->generation == 0) {
            atr_reader_fail(r);
        }
        return;
    default:
        atr_reader_fail(r);
    }
}

/* ---- statements ---- */

static void build_head(atr_builder *b, const atr_statement *s)
{
    uint8_t body[ATR_STATEMENT_BYTES_MAX];
    atr_builder inner = atr_builder_of(body, sizeof body);

    build_body(&inner, s);
    atr_build_u8(b, VERSION);
    atr_build_u8(b, s->kind);
    atr_build_bytes(b, ATR_BYTES(s->hm));
    atr_build_u64(b, s->at);
    atr_build_u8(b, s->signer);
    atr_build_field(b, atr_builder_bytes(&inner));
    b->failed |= inner.failed;
}

void atr_statement_build(atr_builder *builder, const atr_statement *statement)
{
    build_head(builder, statement);
    atr_build_bytes(builder, ATR_BYTES(statement->sig));
}

/* Who signs nothing has no number and no signature, and nobody else. */
static bool is_signed(const atr_statement *s)
{
    static const uint8_t none[ATR_ED25519_SIG_BYTES];

    if (s->kind == ATR_STATEMENT_REQUEST) {
        return s->signer == 0 && memcmp(s->sig, none, sizeof none) == 0;
    }
    return s->signer >= 1 && s->signer <= ATR_REGISTRARS_MAX;
}

atr_err atr_statement_read(atr_statement *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    atr_reader body;

    memset(out, 0, sizeof *out);
    if (atr_read_u8(&r) != VERSION) {
        atr_reader_fail(&r);
    }
    out->kind = atr_read_u8(&r);
    atr_read_copy(&r, out->hm, sizeof out->hm);
    out->at = atr_read_u64(&r);
    out->signer = atr_read_u8(&r);
    body = atr_reader_of(atr_read_field(&r));
    atr_read_copy(&r, out->sig, sizeof out->sig);
    if (!r.failed && in.len <= ATR_STATEMENT_BYTES_MAX &&
        out->at <= ATR_FOR_EVER && is_signed(out)) {
        read_body(out, &body);
        if (atr_reader_end(&body) == ATR_OK && atr_reader_end(&r) == ATR_OK) {
            return ATR_OK;
        }
    }
    memset(out, 0, sizeof *out);
    return ATR_ERR_INPUT;
}

void atr_statement_id(uint8_t id[32], const atr_statement *statement)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_hash hash;

    build_head(&b, statement);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL(DOMAIN));
    atr_hash_field(&hash, atr_builder_bytes(&b));
    atr_hash_final(&hash, id);
}

void atr_statement_sign(atr_statement *statement, uint8_t signer,
                        const uint8_t secret_key[ATR_ED25519_SECRET_BYTES])
{
    uint8_t id[32];

    statement->signer = signer;
    atr_statement_id(id, statement);
    atr_ed25519_sign(statement->sig, secret_key, ATR_BYTES(id));
}

atr_err atr_statement_verify(const atr_statement *statement,
                             const uint8_t hm[32],
                             const atr_registrars *registrars)
{
    uint8_t id[32];

    if (memcmp(statement->hm, hm, sizeof statement->hm) != 0 ||
        statement->signer > registrars->count || !is_signed(statement)) {
        return ATR_ERR_AUTH;
    }
    if (statement->kind == ATR_STATEMENT_REQUEST) {
        return ATR_OK;
    }
    atr_statement_id(id, statement);
    return atr_ed25519_verify(
        statement->sig, registrars->vk[statement->signer - 1], ATR_BYTES(id));
}

/* ---- what follows from them ---- */

void atr_standing_init(atr_standing *standing, const uint8_t id[32])
{
    memset(standing, 0, sizeof *standing);
    memcpy(standing->id, id, sizeof standing->id);
}

/* The reason given is the first one's; of two at one time, the first by its
 * bytes. */
static bool is_first_denial(const atr_standing *standing,
                            const atr_statement *denial)
{
    size_t len = denial->text.len < standing->reason_len ? denial->text.len
                                                         : standing->reason_len;
    int order = len > 0 ? memcmp(denial->text.data, standing->reason, len) : 0;

    if (!standing->denied || denial->at != standing->denied_at) {
        return !standing->denied || denial->at < standing->denied_at;
    }
    return order != 0 ? order < 0 : denial->text.len < standing->reason_len;
}

static void add_denial(atr_standing *standing, const atr_statement *denial)
{
    if (!is_first_denial(standing, denial)) {
        return;
    }
    standing->denied = true;
    standing->denied_at = denial->at;
    memset(standing->reason, 0, sizeof standing->reason);
    standing->reason_len = denial->text.len;
    if (denial->text.len > 0) {
        memcpy(standing->reason, denial->text.data, denial->text.len);
    }
}

void atr_standing_add(atr_standing *standing, const atr_statement *statement)
{
    uint64_t *until;

    if (statement->kind == ATR_STATEMENT_GENERATION ||
        memcmp(statement->id, standing->id, sizeof standing->id) != 0) {
        return;
    }
    if (statement->kind == ATR_STATEMENT_WITHDRAW) {
        standing->withdrawn = true;
    } else if (statement->kind == ATR_STATEMENT_DENY) {
        add_denial(standing, statement);
    } else if (statement->kind == ATR_STATEMENT_APPROVE) {
        until = &standing->until[statement->signer - 1];
        *until = statement->until > *until ? statement->until : *until;
    }
}

size_t atr_standing_approvals(const atr_standing *standing, uint64_t now)
{
    size_t count = 0;

    for (size_t i = 0; i < ATR_REGISTRARS_MAX; i++) {
        count += standing->until[i] > now;
    }
    return count;
}

/* The end of an approval at which there are still just enough. */
uint64_t atr_standing_until(const atr_standing *standing,
                            const atr_registrars *registrars)
{
    uint64_t latest = 0;

    for (size_t i = 0; i < ATR_REGISTRARS_MAX && registrars->approvals; i++) {
        uint64_t end = standing->until[i];

        if (end > latest && atr_standing_approvals(standing, end - 1) >=
                                registrars->approvals) {
            latest = end;
        }
    }
    return latest;
}

atr_grant_state atr_standing_state(const atr_standing *standing,
                                   const atr_registrars *registrars,
                                   uint64_t waits_until, uint64_t now)
{
    uint64_t until = atr_standing_until(standing, registrars);

    if (standing->withdrawn) {
        return ATR_GRANT_WITHDRAWN;
    }
    if (standing->denied) {
        return ATR_GRANT_DENIED;
    }
    if (until != 0) {
        return now < until ? ATR_GRANT_APPROVED : ATR_GRANT_EXPIRED;
    }
    return waits_until == 0 || now < waits_until ? ATR_GRANT_WAITING
                                                 : ATR_GRANT_EXPIRED;
}
