/* Policies that other systems test, and strings made to hurt.
 *
 * The systems differ in syntax, so the neutral tree of each policy is written
 * in the syntax of this project (doc/policy.md, section 6, says how) and has
 * to mean the same; and the original text has either to be refused or to give
 * the very same tree. What differs on purpose stands in the tables below.
 */
#include "kit/policy.h"

/* Refused elsewhere, a policy here. */
static const char *const accepted_here[][2] = {
    {"P096", "0 is a number like any other (OpenABE keeps it for itself)"},
};

static bool is_listed(const char *const table[][2], size_t count,
                      const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(table[i][0], id) == 0) {
            return true;
        }
    }
    return false;
}

#define LISTED(table, id)                                                      \
    is_listed((table), sizeof(table) / sizeof(table)[0], (id))

/* --- the neutral tree in our syntax ---------------------------------------*/

static char text[ATR_POLICY_TEXT_BYTES_MAX];

static void say(char *to, const char *what)
{
    assert_true(strlen(to) + strlen(what) < sizeof text);
    strcat(to, what);
}

/* Names that begin with a digit get an "n" before them. */
static void say_name(char *to, const char *name)
{
    if (name[0] >= '0' && name[0] <= '9') {
        say(to, "n");
    }
    say(to, name);
}

static const char *item(const json_t *node, size_t i)
{
    return json_string_value(json_array_get(node, i));
}

static void say_comparison(char *to, const json_t *node, const char *value,
                           json_int_t bits)
{
    const char *op = item(node, 2);
    char width[24];

    say_name(to, item(node, 1));
    if (bits != 0) {
        snprintf(width, sizeof width, "#%d", (int)bits);
        say(to, width);
    }
    say(to, " ");
    say(to, strcmp(op, "==") == 0 ? "=" : op);
    say(to, " ");
    say(to, value);
}

static void say_node(char *to, const json_t *node);

static void say_list(char *to, const json_t *node, size_t from,
                     const char *joint)
{
    say(to, "(");
    for (size_t i = from; i < json_array_size(node); i++) {
        say(to, i == from ? "" : joint);
        say_node(to, json_array_get(node, i));
    }
    say(to, ")");
}

static void say_node(char *to, const json_t *node)
{
    const char *kind = item(node, 0);
    char number[24];

    if (strcmp(kind, "and") == 0) {
        say_list(to, node, 1, " and ");
    } else if (strcmp(kind, "or") == 0) {
        say_list(to, node, 1, " or ");
    } else if (strcmp(kind, "k") == 0) {
        snprintf(number, sizeof number, "%d of ",
                 (int)json_integer_value(json_array_get(node, 1)));
        say(to, number);
        say_list(to, node, 2, ", ");
    } else if (strcmp(kind, "attr") == 0) {
        say_name(to, item(node, 1));
    } else if (strcmp(kind, "cmp") == 0) {
        snprintf(number, sizeof number, "%lld",
                 (long long)json_integer_value(json_array_get(node, 3)));
        say_comparison(to, node, number,
                       json_integer_value(json_array_get(node, 4)));
    } else if (strcmp(kind, "datecmp") == 0) {
        say_comparison(to, node, item(node, 3), 0);
    } else if (strcmp(kind, "kv") == 0 || strcmp(kind, "nkv") == 0) {
        say(to, kind[0] == 'n' ? "not " : "");
        say_name(to, item(node, 1));
        say(to, ":");
        say(to, item(node, 2));
    } else {
        fail_msg("unknown kind of node: %s", kind);
    }
}

/* The width in which the tree compares `name`, or 0. */
static json_int_t width_of(const json_t *node, const char *name)
{
    json_int_t width = 0;
    size_t i;
    const json_t *child;

    if (strcmp(item(node, 0), "cmp") == 0) {
        return strcmp(item(node, 1), name) == 0
                   ? json_integer_value(json_array_get(node, 4))
                   : 0;
    }
    json_array_foreach(node, i, child)
    {
        if (json_is_array(child) && width == 0) {
            width = width_of(child, name);
        }
    }
    return width;
}

static void say_attributes(char *to, const json_t *owned, const json_t *ast,
                           bool key_value)
{
    const char *name;
    const json_t *value;
    char part[200];

    json_object_foreach((json_t *)(uintptr_t)owned, name, value)
    {
        say(to, " ");
        say_name(to, name);
        if (json_is_integer(value)) {
            int width = (int)width_of(ast, name);

            snprintf(part, sizeof part, "#%d=%lld", width == 0 ? 32 : width,
                     (long long)json_integer_value(value));
            say(to, part);
        } else if (json_is_string(value)) {
            say(to, key_value ? ":" : "=");
            say(to, json_string_value(value));
        }
    }
}

static bool has_negation(const json_t *node)
{
    size_t i;
    const json_t *child;

    if (json_is_string(json_array_get(node, 0)) &&
        strcmp(item(node, 0), "nkv") == 0) {
        return true;
    }
    json_array_foreach(node, i, child)
    {
        if (json_is_array(child) && has_negation(child)) {
            return true;
        }
    }
    return false;
}

/* --- the suite -------------------------------------------------------------*/

static unsigned asked;     /* rows of attributes */
static unsigned same_text; /* policies that need no translation */

static void check_cases(const json_t *entry, const atr_policy *policy)
{
    const json_t *ast = json_object_get(entry, "ast");
    bool circl = strcmp(kit_text(entry, "dialect"), "circl") == 0;
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(entry, "cases"), i, one)
    {
        const json_t *owned = json_object_get(one, "attributes");
        atr_attrs attrs;
        bool satisfied = json_is_true(json_object_get(one, "satisfied"));

        text[0] = 0;
        say_attributes(text, owned, ast, circl);
        attrs = kit_attrs(text);
        if (atr_policy_admits(policy, &attrs) != satisfied) {
            fail_msg("%s with%s", kit_text(entry, "id"), text);
        }
        asked++;
    }
}

static void check_accepted(const json_t *entry)
{
    const char *id = kit_text(entry, "id");
    const json_t *ast = json_object_get(entry, "ast");
    atr_policy policy;
    atr_policy direct;
    atr_text_error error;

    text[0] = 0;
    say_node(text, ast);
    if (has_negation(ast)) {
        assert_int_equal(atr_policy_parse(&policy, kit_bytes(text), &error),
                         ATR_ERR_INPUT);
        assert_string_equal(error.what, "negation is not offered");
        return;
    }
    policy = kit_policy(text);
    if (atr_policy_parse(&direct, kit_bytes(kit_text(entry, "policy")), NULL) ==
        ATR_OK) {
        if (memcmp(&direct, &policy, sizeof policy) != 0) {
            fail_msg("%s has another meaning here", id);
        }
        same_text++;
    }
    check_cases(entry, &policy);
}

static void policies_of_others(void **state)
{
    json_t *all = kit_vectors("policy/policies.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(json_object_get(all, "policies"), i, entry)
    {
        const char *id = kit_text(entry, "id");

        if (strcmp(kit_text(entry, "parse"), "accept") == 0) {
            check_accepted(entry);
        } else {
            atr_policy policy;
            atr_err err = atr_policy_parse(
                &policy, kit_bytes(kit_text(entry, "policy")), NULL);

            if ((err == ATR_OK) != LISTED(accepted_here, id)) {
                fail_msg("%s: refused elsewhere: %s", id,
                         kit_text(entry, "policy"));
            }
        }
    }
    assert_true(i > 100 && asked > 80 && same_text > 40);
    json_decref(all);
}

/* "and" binds tighter than "or". */
static void precedence(void **state)
{
    json_t *all = kit_vectors("policy/precedence.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(all, i, entry)
    {
        atr_policy direct = kit_policy(kit_text(entry, "text"));
        atr_policy policy;

        text[0] = 0;
        say_node(text, json_object_get(entry, "and-binds-tighter"));
        policy = kit_policy(text);
        assert_memory_equal(&direct, &policy, sizeof policy);
    }
    assert_true(i != 0);
    json_decref(all);
}

/* OpenABE separates attributes by "|", gives the width after the value and
 * spells months; this is the same in our words, and what becomes of it. */
static void attribute_lists(void **state)
{
    static const struct {
        const char *theirs;
        const char *ours;
        bool accepted;
    } words[] = {
        {"Alice|Day >= 100|Bob", "Alice, Day >= 100, Bob", false},
        {"Alice|Day = 1000#8|Bob", "Alice, Day#8 = 1000, Bob", false},
        {"", "", false},
        {"|this or that|Value = 30#4", "this or that, Value#4 = 30", false},
        {"|Date = December 15, 2015|Bob|Charlie",
         "Date = 2015-12-15, Bob, Charlie", true},
        {"Month = 7#4|Bob|Charlie", "Month#4 = 7, Bob, Charlie", true},
    };
    json_t *all = kit_vectors("policy/attribute_lists.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(all, i, entry)
    {
        const char *theirs = kit_text(entry, "attributes");
        bool known = false;
        atr_attrs attrs;

        assert_int_equal(atr_attrs_parse(&attrs, kit_bytes(theirs), NULL),
                         ATR_ERR_INPUT);
        for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
            atr_err err;

            if (strcmp(words[w].theirs, theirs) != 0) {
                continue;
            }
            known = true;
            err = atr_attrs_parse(&attrs, kit_bytes(words[w].ours), NULL);
            assert_int_equal(err == ATR_OK, words[w].accepted);
            assert_int_equal(strcmp(kit_text(entry, "parse"), "accept") == 0,
                             words[w].accepted);
        }
        if (!known) {
            fail_msg("no translation of %s", theirs);
        }
    }
    json_decref(all);
}

/* --- strings made to hurt ------------------------------------------------*/

/* What is neither plainly right nor plainly wrong elsewhere is decided here;
 * everything not listed is refused. */
static const char *const decided_good[][2] = {
    {"M067", "words are known in any case"},
    {"M070", "words within names are letters"},
    {"M082", "numbers cannot be imitated, so no ending is reserved"},
    {"M086", "colons are part of a name"},
    {"M089", "an attribute may be asked for twice"},
};

typedef struct {
    uint8_t *bytes;
    size_t len;
} made;

static void append(made *out, const char *what, long long running)
{
    const char *mark = strstr(what, "{i}");
    char number[24];
    size_t head = mark == NULL ? strlen(what) : (size_t)(mark - what);

    memcpy(out->bytes + out->len, what, head);
    out->len += head;
    if (mark != NULL) {
        size_t digits =
            (size_t)snprintf(number, sizeof number, "%lld", running);

        memcpy(out->bytes + out->len, number, digits);
        out->len += digits;
        append(out, mark + 3, running);
    }
}

/* The bytes of an entry, in a block of exactly that size. */
static made make(const json_t *entry)
{
    const json_t *recipe = json_object_get(entry, "gen");
    const char *hex = json_string_value(json_object_get(entry, "utf8_hex"));
    made out = {malloc((size_t)1 << 25), 0};
    const json_t *part;
    size_t i;

    assert_non_null(out.bytes);
    if (hex != NULL) {
        out.len = kit_unhex(out.bytes, (size_t)1 << 25, hex);
    }
    json_array_foreach(recipe, i, part)
    {
        long long count = json_integer_value(json_array_get(part, 1));

        for (long long n = 1; n <= count; n++) {
            append(&out, item(part, 0), n);
        }
    }
    out.bytes = realloc(out.bytes, out.len == 0 ? 1 : out.len);
    assert_non_null(out.bytes);
    return out;
}

/* Where a hostile string is a policy, it is written and read as itself. */
static void check_fixpoint(const atr_policy *policy)
{
    atr_policy again;

    assert_int_equal(atr_policy_check(policy), ATR_OK);
    assert_int_equal(atr_policy_format(text, sizeof text, policy), ATR_OK);
    again = kit_policy(text);
    assert_memory_equal(&again, policy, sizeof again);
}

static void check_hostile(const json_t *entry)
{
    const char *id = kit_text(entry, "id");
    const char *want = kit_text(entry, "expect");
    bool any = strncmp(want, "no-crash", 8) == 0;
    bool good = strcmp(want, "accept") == 0 || LISTED(decided_good, id);
    made in = make(entry);
    atr_policy policy;
    atr_text_error error;
    atr_err err =
        atr_policy_parse(&policy, (atr_bytes){in.bytes, in.len}, &error);

    if (!any && (err == ATR_OK) != good) {
        fail_msg("%s: %s: %s", id, kit_text(entry, "why"),
                 err == ATR_OK ? "accepted" : error.what);
    }
    assert_int_equal(err == ATR_OK, error.what == NULL);
    if (err == ATR_OK) {
        check_fixpoint(&policy);
    }
    free(in.bytes);
}

static void hostile_strings(void **state)
{
    json_t *all = kit_vectors("policy/malicious.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(all, i, entry)
    {
        check_hostile(entry);
    }
    assert_true(i > 50);
    json_decref(all);
}

/* The same strings as lists of attributes: no crash, no half result. */
static void hostile_lists(void **state)
{
    json_t *all = kit_vectors("policy/malicious.json");
    const json_t *entry;
    size_t i;

    (void)state;
    json_array_foreach(all, i, entry)
    {
        made in = make(entry);
        atr_attrs attrs;

        if (atr_attrs_parse(&attrs, (atr_bytes){in.bytes, in.len}, NULL) ==
            ATR_OK) {
            atr_attrs again;

            assert_int_equal(atr_attrs_format(text, sizeof text, &attrs),
                             ATR_OK);
            again = kit_attrs(text);
            assert_memory_equal(&again, &attrs, sizeof again);
        } else {
            assert_int_equal(attrs.count, 0);
        }
        free(in.bytes);
    }
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_of_others), cmocka_unit_test(precedence),
        cmocka_unit_test(attribute_lists),    cmocka_unit_test(hostile_strings),
        cmocka_unit_test(hostile_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
