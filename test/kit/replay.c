/* replay.c - gives each file of a folder to a fuzz target, once; so that the
 * committed corpus is a test in every build, with any compiler.
 *
 * Each input comes in a block of its own size, that a sanitizer may see a
 * read past its end, and once more cut in half.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void give(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len != 0 ? len : 1);

    if (copy == NULL) {
        abort();
    }
    memcpy(copy, bytes, len);
    (void)LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static int replay(const char *path)
{
    static uint8_t bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL) {
        return 0;
    }
    len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    give(bytes, len);
    give(bytes, len / 2);
    return 1;
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    int count = 0;

    printf("1..1\n");
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        char path[4096];

        if (entry->d_name[0] != '.' &&
            snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name) <
                (int)sizeof path) {
            count += replay(path);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
    printf("%s 1 - %d inputs of the corpus\n", count != 0 ? "ok" : "not ok",
           count);
    return count == 0;
}
