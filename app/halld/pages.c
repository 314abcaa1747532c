#include <stdio.h>

#include "app/halld/serve.h"
#include "host/metrics.h"

static void reply(const atr_halld *h, uint64_t ticket, int status,
                  const char *type, const char *text)
{
    atr_http_reply r = {
        .status = status,
        .content_type = type,
        .body = {(const uint8_t *)text, strlen(text)},
        .retry_after = status == 503 ? "5" : NULL,
    };

    atr_server_reply(h->server, ticket, &r);
}

static void answer_health(const atr_halld *h, uint64_t ticket)
{
    reply(h, ticket, 200, "text/plain", "ok\n");
}

static void answer_ready(const atr_halld *h, uint64_t ticket)
{
    bool ready = !h->draining && !h->failed;

    reply(h, ticket, ready ? 200 : 503, "text/plain",
          ready ? "ready\n" : "stopping\n");
}

static void answer_version(const atr_halld *h, uint64_t ticket)
{
    char text[128];

    snprintf(text, sizeof text,
             "{\"schema\":1,\"program\":\"attrium-halld\",\"version\":\"%s\","
             "\"protocol\":%d}\n",
             atr_cli_version(), ATR_PROTOCOL_VERSION);
    reply(h, ticket, 200, "application/json", text);
}

static void reply_metrics(const atr_halld *h, uint64_t ticket,
                          const atr_metric *metrics, size_t count)
{
    char text[16384];
    size_t len = 0;

    if (atr_metrics_format(text, &len, sizeof text, metrics, count) != ATR_OK) {
        reply(h, ticket, 503, "text/plain", "metrics do not fit\n");
        return;
    }
    reply(h, ticket, 200, ATR_METRICS_TYPE, text);
}

/* Counts alone: no names, addresses, pseudonyms or attributes. */
static void answer_metrics(const atr_halld *h, uint64_t ticket)
{
    atr_server_counts c = atr_server_counts_now(h->server);
    atr_hall_stats s;
    atr_authorities_counts a = atr_authorities_count(h->authorities);

    atr_hall_stats_of(h->hall, &s);
    const atr_metric metrics[] = {
        {"attrium_hall_rooms", "Rooms.", ATR_METRIC_GAUGE, s.rooms},
        {"attrium_hall_members", "Members of all rooms.", ATR_METRIC_GAUGE,
         s.members},
        {"attrium_hall_connections", "Connections of members and visitors.",
         ATR_METRIC_GAUGE, s.connections},
        {"attrium_hall_texts_total", "Texts appended.", ATR_METRIC_COUNTER,
         s.texts},
        {"attrium_hall_joins_total", "Contributions appended.",
         ATR_METRIC_COUNTER, s.joins},
        {"attrium_hall_leaves_total", "Leaves appended.", ATR_METRIC_COUNTER,
         s.leaves},
        {"attrium_hall_challenges_total", "Challenges sent.",
         ATR_METRIC_COUNTER, s.challenges},
        {"attrium_hall_turns_total", "Periods of rooms that have begun.",
         ATR_METRIC_COUNTER, s.turns},
        {"attrium_hall_delayed_total", "Challenges that waited their turn.",
         ATR_METRIC_COUNTER, s.delayed},
        {"attrium_hall_denials_total", "Challenges not answered rightly.",
         ATR_METRIC_COUNTER, s.denials},
        {"attrium_hall_stale_total", "Texts under an old epoch, sent back.",
         ATR_METRIC_COUNTER, s.stale},
        {"attrium_hall_malformed_total", "Connections that broke the rules.",
         ATR_METRIC_COUNTER, s.malformed},
        {"attrium_hall_deliveries_total", "Records handed to connections.",
         ATR_METRIC_COUNTER, s.deliveries},
        {"attrium_hall_bytes_in_total", "Bytes of frames received.",
         ATR_METRIC_COUNTER, s.bytes_in},
        {"attrium_hall_bytes_out_total", "Bytes of frames sent.",
         ATR_METRIC_COUNTER, s.bytes_out},
        {"attrium_hall_cut_slow_total", "Connections cut for not reading.",
         ATR_METRIC_COUNTER, s.cut_slow + c.slow_total},
        {"attrium_hall_memory_bytes", "Memory of rosters and queues.",
         ATR_METRIC_GAUGE, h->mem.used},
        {"attrium_hall_authorities", "Authorities of rooms, in memory.",
         ATR_METRIC_GAUGE, h->kems.count},
        {"attrium_hall_nodes", "Nodes asked.", ATR_METRIC_GAUGE, a.nodes},
        {"attrium_hall_nodes_up", "Those whose last answer was good.",
         ATR_METRIC_GAUGE, a.up},
        {"attrium_http_requests_total", "HTTP requests.", ATR_METRIC_COUNTER,
         c.http_total},
        {"attrium_connections_total", "Connections taken.", ATR_METRIC_COUNTER,
         c.conns_total},
        {"attrium_connections", "Open connections.", ATR_METRIC_GAUGE,
         c.conns_open},
        {"attrium_timed_out_total", "Connections that took too long.",
         ATR_METRIC_COUNTER, c.timed_out_total},
        {"attrium_idle_total", "Connections that answered no ping.",
         ATR_METRIC_COUNTER, c.idle_total},
        {"attrium_memory_resident_bytes", "Resident memory.", ATR_METRIC_GAUGE,
         atr_metrics_memory()},
        {"attrium_cpu_seconds_total", "Processor time.", ATR_METRIC_COUNTER,
         atr_metrics_cpu_ms() / 1000},
    };
    reply_metrics(h, ticket, metrics, sizeof metrics / sizeof metrics[0]);
}

typedef void page_fn(const atr_halld *h, uint64_t ticket);

void atr_halld_http(void *context, const atr_http_request *request)
{
    static const struct {
        const char *path;
        page_fn *answer;
    } pages[] = {
        {"/healthz", answer_health},
        {"/readyz", answer_ready},
        {"/version", answer_version},
        {"/metrics", answer_metrics},
    };
    const atr_halld *h = context;

    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        if (strcmp(request->path, pages[i].path) != 0 ||
            (pages[i].answer == answer_metrics && !request->is_admin &&
             !h->settings.metrics_public)) {
            continue;
        }
        if (strcmp(request->method, "GET") != 0) {
            reply(h, request->ticket, 405, "text/plain", "GET\n");
        } else {
            pages[i].answer(h, request->ticket);
        }
        return;
    }
    reply(h, request->ticket, 404, "text/plain", "no such page\n");
}
