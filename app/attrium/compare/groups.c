#include "app/attrium/compare/groups.h"

#include <pthread.h>
#include <stdio.h>

/* What the threads share; the lock is for all but the groups themselves. */
typedef struct {
    pthread_mutex_t lock;
    atr_groups *groups;
    size_t taken;
    atr_err err;
} work;

static atr_groups_one *take(work *w)
{
    atr_groups *groups = w->groups;
    atr_groups_one *one = NULL;

    pthread_mutex_lock(&w->lock);
    if (w->err == ATR_OK && w->taken < groups->count) {
        one = &groups->one[w->taken];
        groups->progress(groups->context, one, w->taken++);
    }
    pthread_mutex_unlock(&w->lock);
    return one;
}

static void fail(work *w, const atr_groups_one *one, atr_err err,
                 const char *fault)
{
    pthread_mutex_lock(&w->lock);
    if (w->err == ATR_OK) {
        w->err = err;
        w->groups->failed = one;
        snprintf(w->groups->fault, sizeof w->groups->fault, "%s",
                 fault[0] != '\0' ? fault : atr_err_text(err));
    }
    pthread_mutex_unlock(&w->lock);
}

static atr_err play(atr_groups_one *one, atr_stage *stage)
{
    static const atr_group_step changes[] = {ATR_GROUP_JOIN, ATR_GROUP_LEAVE,
                                             ATR_GROUP_REFRESH};
    atr_compare_row *row = one->row;
    atr_err err = atr_stage_fill(stage, one->n);

    if (err == ATR_OK && one->n <= stage->method->setup_max) {
        err = atr_stage_step(row++, stage, ATR_GROUP_SETUP, 0);
    } else if (err == ATR_OK) {
        err = atr_stage_prepare(stage);
    }
    for (size_t i = 0; i < sizeof changes / sizeof changes[0] && err == ATR_OK;
         i++) {
        err = atr_stage_step(row++, stage, changes[i], one->n / 2);
    }
    one->count = (size_t)(row - one->row);
    return err;
}

static void *run(void *context)
{
    work *w = context;
    atr_groups_one *one;

    while ((one = take(w)) != NULL) {
        const atr_groups *of = w->groups;
        atr_stage stage;
        atr_err err = atr_stage_open(&stage, one->method, one->n + 1,
                                     of->latency_ms, of->mbit_per_s);

        if (err == ATR_OK) {
            err = play(one, &stage);
        }
        if (err != ATR_OK) {
            fail(w, one, err, stage.fault);
        }
        atr_stage_close(&stage);
    }
    return NULL;
}

/* This thread is one of them. */
atr_err atr_groups_run(atr_groups *groups)
{
    work w = {.groups = groups, .err = ATR_OK};
    pthread_t thread[ATR_GROUPS_THREADS_MAX];
    uint32_t more = 0;

    pthread_mutex_init(&w.lock, NULL);
    while (more + 1 < groups->threads &&
           pthread_create(&thread[more], NULL, run, &w) == 0) {
        more++;
    }
    (void)run(&w);
    while (more != 0) {
        (void)pthread_join(thread[--more], NULL);
    }
    pthread_mutex_destroy(&w.lock);
    return w.err;
}
