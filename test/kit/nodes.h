/* nodes.h - nodes of an authority in one process: their certificates and the
 * list of all of them.
 */
#ifndef KIT_NODES_H
#define KIT_NODES_H

#include <stdlib.h>
#include <unistd.h>

#include "app/peers.h"
#include "host/server.h"
#include "kit/kit.h"

/* A certificate of its own, for this process alone; asks clients for theirs. */
static inline void node_cert(atr_tls **tls)
{
    char folder[] = "/tmp/atr-node-XXXXXX";
    char cert[64];
    char key[64];

    assert_non_null(mkdtemp(folder));
    snprintf(cert, sizeof cert, "%s/c", folder);
    snprintf(key, sizeof key, "%s/k", folder);
    assert_int_equal(atr_tls_make_cert(cert, key, "127.0.0.1", NULL), ATR_OK);
    assert_int_equal(atr_tls_server_open(tls, cert, key, NULL), ATR_OK);
    atr_tls_ask(*tls);
    unlink(cert);
    unlink(key);
    rmdir(folder);
}

static inline void node_list(atr_peers *peers, const atr_tls *tls,
                             uint16_t port)
{
    char card[ATR_CARD_TEXT_MAX];
    uint8_t pin[ATR_PIN_BYTES];
    int len = snprintf(card, sizeof card, "https://127.0.0.1:%u/#", port);

    atr_tls_pin(pin, tls);
    for (size_t i = 0; i < sizeof pin; i++) {
        len += snprintf(card + len, 3, "%02x", pin[i]);
    }
    assert_int_equal(atr_peers_add(peers, card, NULL), ATR_OK);
}

#endif
