#include "app/attrium/troupe_nodes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/tcp.h"

#define NODES ATR_TROUPE_NODES

static const atr_process none = {.in = -1, .out = -1, .err = -1};

/* Ports that nobody has, now. */
static bool find_ports(atr_troupe_nodes *nodes)
{
    int fds[NODES];
    size_t count = 0;
    uint16_t port = 0;

    while (count < NODES &&
           atr_tcp_listen(&fds[count], "127.0.0.1", &port, NULL) == ATR_OK) {
        snprintf(nodes->node[count].listen, sizeof nodes->node[count].listen,
                 "127.0.0.1:%u", (unsigned)port);
        count++;
        port = 0;
    }
    for (size_t i = 0; i < count; i++) {
        (void)close(fds[i]);
    }
    return count == NODES;
}

/* The first line that a program writes. */
static bool say(char *out, size_t cap, atr_troupe *troupe,
                const char *const *argv)
{
    char *text = NULL;
    bool good = atr_troupe_run(&text, troupe, argv, false) == 0 && text != NULL;

    if (good) {
        snprintf(out, cap, "%.*s", (int)strcspn(text, "\n"), text);
    }
    free(text);
    return good;
}

static bool make_registrar(atr_troupe_nodes *nodes, atr_troupe *troupe)
{
    const char *argv[] = {troupe->kmsd,     "registrar", "new", "-o",
                          nodes->registrar, "--json",    NULL};
    char line[256];
    json_t *json;
    const char *vk;
    bool good;

    snprintf(nodes->registrar, sizeof nodes->registrar, "%.900s/registrar.key",
             troupe->dir);
    if (!say(line, sizeof line, troupe, argv)) {
        return false;
    }
    json = json_loads(line, 0, NULL);
    vk = json_string_value(json_object_get(json, "registrar"));
    good = vk != NULL && strlen(vk) == sizeof nodes->vk - 1;
    if (good) {
        memcpy(nodes->vk, vk, sizeof nodes->vk);
    }
    json_decref(json);
    return good;
}

static bool make_card(atr_troupe_node *node, atr_troupe *troupe)
{
    const char *argv[] = {troupe->kmsd, "card",       "-d", node->dir,
                          "--listen",   node->listen, NULL};

    return say(node->card, sizeof node->card, troupe, argv);
}

/* As the nodes number themselves. */
static int by_card(const void *a, const void *b)
{
    return strcmp(((const atr_troupe_node *)a)->card,
                  ((const atr_troupe_node *)b)->card);
}

bool atr_troupe_meet(atr_troupe_nodes *out, atr_troupe *troupe)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < NODES; i++) {
        out->node[i].process = none;
        snprintf(out->node[i].dir, sizeof out->node[i].dir,
                 "%.900s/operator-%c", troupe->dir, (char)('a' + i));
    }
    if (!find_ports(out) || !make_registrar(out, troupe)) {
        return false;
    }
    for (size_t i = 0; i < NODES; i++) {
        if (!make_card(&out->node[i], troupe)) {
            return false;
        }
    }
    qsort(out->node, NODES, sizeof out->node[0], by_card);
    return true;
}

bool atr_troupe_together(atr_troupe *troupe, atr_troupe_argv argv[NODES])
{
    atr_process process[NODES];
    bool good = true;

    for (size_t i = 0; i < NODES; i++) {
        const atr_process_options options = {
            .argv = argv[i], .pipe_out = true, .pipe_err = true};

        process[i] = none;
        good = good && atr_process_start(&process[i], &options, NULL) == ATR_OK;
    }
    for (size_t i = 0; i < NODES; i++) {
        good =
            good &&
            atr_process_wait(&process[i], atr_troupe_time(troupe)) == ATR_OK &&
            process[i].status == 0;
        atr_process_end(&process[i], 1000);
    }
    return good;
}

bool atr_troupe_found(atr_troupe_nodes *nodes, atr_troupe *troupe,
                      const char *period)
{
    atr_troupe_argv argv[NODES] = {0};

    for (size_t i = 0; i < NODES; i++) {
        const atr_troupe_node *node = &nodes->node[i];
        const char *first[] = {
            troupe->kmsd,  "init",       "-d",          node->dir,
            "--listen",    node->listen, "--threshold", ATR_TROUPE_THRESHOLD,
            "--registrar", nodes->vk};
        size_t at = sizeof first / sizeof first[0];

        memcpy(argv[i], first, sizeof first);
        for (size_t k = 0; k < NODES; k++) {
            argv[i][at++] = "--join";
            argv[i][at++] = nodes->node[k].card;
        }
        if (period != NULL) {
            argv[i][at++] = "--period";
            argv[i][at++] = period;
        }
    }
    return atr_troupe_together(troupe, argv);
}

bool atr_troupe_start(atr_troupe_node *node, atr_troupe *troupe)
{
    const char *argv[] = {troupe->kmsd,  "run",      "-d",
                          node->dir,     "--listen", node->listen,
                          "--log-level", "error",    NULL};
    char address[ATR_LINK_TEXT_MAX];

    return atr_troupe_serve(&node->process, address, sizeof address, troupe,
                            "address", argv);
}

void atr_troupe_stop(atr_troupe_node *node)
{
    atr_process_end(&node->process, 3000);
    node->process = none;
}

void atr_troupe_stop_all(atr_troupe_nodes *nodes)
{
    for (size_t i = 0; i < NODES; i++) {
        atr_process_kill(&nodes->node[i].process, SIGTERM);
    }
    for (size_t i = 0; i < NODES; i++) {
        atr_troupe_stop(&nodes->node[i]);
    }
}

bool atr_troupe_say(const atr_troupe_nodes *nodes, size_t at,
                    atr_troupe *troupe, const char *verb, const char *id)
{
    const char *argv[] = {
        troupe->kmsd,     verb, "-d", nodes->node[at].dir, "--registrar",
        nodes->registrar, id,   NULL};

    return atr_troupe_run(NULL, troupe, argv, true) == 0;
}
