/* logs.h - the hall's store interface over the store of host/. */
#ifndef ATR_HALLD_LOGS_H
#define ATR_HALLD_LOGS_H

#include "host/store.h"
#include "proto/hall.h"

/* atr_logs_of makes the interface; `store` is lent. */
atr_hall_store atr_logs_of(atr_store *store);

#endif
