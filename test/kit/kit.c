#include "kit/kit.h"

#include "curve/engine.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *at = lower != '\0' ? strchr(digits, lower) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

size_t kit_unhex(uint8_t *out, size_t cap, const char *hex)
{
    size_t len;

    if (strncmp(hex, "0x", 2) == 0) {
        hex += 2;
    }
    len = strlen(hex) / 2;
    if (strlen(hex) % 2 != 0 || len > cap) {
        fail_msg("not hexadecimal, or too long: %.80s", hex);
    }
    for (size_t i = 0; i < len; i++) {
        int high = digit(hex[2 * i]);
        int low = digit(hex[2 * i + 1]);

        if (high < 0 || low < 0) {
            fail_msg("not hexadecimal: %.80s", hex);
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return len;
}

void kit_hex(char *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

void kit_assert_hex(const uint8_t *bytes, size_t len, const char *hex,
                    const char *file, int line)
{
    char *text = malloc(2 * len + 1);

    if (text == NULL) {
        fail_msg("no memory");
        return;
    }
    kit_hex(text, bytes, len);
    if (strncmp(hex, "0x", 2) == 0) {
        hex += 2;
    }
    if (strcasecmp(text, hex) != 0) {
        print_error("# got      %s\n# expected %s\n", text, hex);
        free(text);
        _fail(file, line);
    }
    free(text);
}

/* --- the engine of the curve --------------------------------------------- */

/* ATTRIUM_ENGINE=portable|mulx|ifma, before main. Exit status 77 tells meson
 * that the test was skipped, for want of that engine. */
__attribute__((constructor)) static void use_engine(void)
{
    static const char *const names[] = {
        [ATR_ENGINE_PORTABLE] = "portable",
        [ATR_ENGINE_BMI2_ADX] = "mulx",
        [ATR_ENGINE_AVX512_IFMA] = "ifma",
    };
    const char *name = getenv("ATTRIUM_ENGINE");
    size_t i = 0;

    if (name == NULL) {
        return;
    }
    while (i < sizeof names / sizeof names[0] && strcmp(name, names[i]) != 0) {
        i++;
    }
    if (i == sizeof names / sizeof names[0] || !atr_engine_use((atr_engine)i)) {
        printf("1..0 # SKIP no engine %s\n", name);
        exit(77);
    }
}

/* --- files -------------------------------------------------------------- */

void kit_vectors_path(char *out, size_t cap, const char *file)
{
    const char *folder = getenv("ATTRIUM_VECTORS");
    struct stat status;

    if (folder == NULL) {
        folder = "../shared/vectors";
    }
    if (stat(folder, &status) != 0) {
        print_message("# no vectors at %s: skipped\n", folder);
        skip();
    }
    if ((size_t)snprintf(out, cap, "%s/%s", folder, file) >= cap) {
        fail_msg("path too long: %s/%s", folder, file);
    }
}

json_t *kit_vectors(const char *file)
{
    char path[1024];
    json_error_t error;
    json_t *root;

    kit_vectors_path(path, sizeof path, file);
    root = json_load_file(path, 0, &error);
    if (root == NULL) {
        fail_msg("%s:%d: %s", path, error.line, error.text);
    }
    return root;
}

uint8_t *kit_read(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = NULL;
    long size = -1;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 ||
        (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET) != 0 ||
        (bytes = malloc((size_t)size + 1)) == NULL ||
        fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        fail_msg("cannot read %s", path);
        return NULL;
    }
    fclose(file);
    bytes[size] = 0;
    *len = (size_t)size;
    return bytes;
}

const char *kit_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    if (text == NULL) {
        fail_msg("a vector has no text \"%s\"", name);
    }
    return text;
}

json_int_t kit_int(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_integer(value)) {
        fail_msg("a vector has no number \"%s\"", name);
    }
    return json_integer_value(value);
}

/* --- seeds -------------------------------------------------------------- */

uint64_t kit_seed(void)
{
    const char *given = getenv("ATTRIUM_SEED");
    struct timespec now = {0};
    uint64_t seed;

    clock_gettime(CLOCK_REALTIME, &now);
    seed = ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec) ^
           ((uint64_t)getpid() << 32);
    if (given != NULL) {
        seed = strtoull(given, NULL, 0);
    }
    print_message("# ATTRIUM_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

void kit_rng(atr_rng *rng, uint64_t seed)
{
    uint8_t bytes[ATR_SEED_BYTES] = {0};

    for (size_t i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(seed >> (8 * i));
    }
    atr_rng_init(rng, bytes);
}

/* --- memory ------------------------------------------------------------- */

static void *resize(void *context, void *block, size_t old_len, size_t new_len)
{
    kit_heap *heap = context;
    void *moved;

    (void)old_len;
    if (new_len == 0) {
        heap->blocks -= block != NULL;
        free(block);
        return NULL;
    }
    heap->requests++;
    if (heap->fail_at != 0 && --heap->fail_at == 0) {
        return NULL;
    }
    moved = realloc(block, new_len);
    heap->blocks += block == NULL && moved != NULL;
    return moved;
}

atr_mem kit_mem(kit_heap *heap, size_t limit)
{
    return (atr_mem){.resize = resize, .context = heap, .limit = limit};
}
