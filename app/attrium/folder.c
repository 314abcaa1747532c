/* folder.c - what the demonstration does with its directory. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/troupe.h"

#define FILE_BYTES_MAX ((size_t)64 << 20)

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void atr_folder_remove(const char *path)
{
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* nftw knows no context. */
static const char *wanted;

static int look_into(const char *path, const struct stat *status, int kind,
                     struct FTW *place)
{
    atr_file file = {0};
    bool found = false;

    (void)place;
    if (kind == FTW_F && S_ISREG(status->st_mode) &&
        atr_file_read(&file, path, FILE_BYTES_MAX, NULL) == ATR_OK) {
        found = memmem(file.data, file.len, wanted, strlen(wanted)) != NULL;
    }
    atr_file_wipe(&file);
    return found;
}

bool atr_folder_holds(const char *path, const char *text)
{
    wanted = text;
    return nftw(path, look_into, 16, FTW_PHYS) == 1;
}
