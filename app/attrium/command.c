/* command.c - what begins with "/": a table from word to action. Whatever is
 * not in it is never sent as text. */
#include <stdlib.h>
#include <strings.h>

#include "app/attrium/chat.h"
#include "app/attrium/handle.h"
#include "policy/policy_text.h"

static void who(atr_chat *chat, const char *rest)
{
    size_t count = atr_member_count(chat->member);

    (void)rest;
    for (size_t i = 0; i < count; i++) {
        char name[ATR_HANDLE_NAME_BYTES_MAX];
        atr_member_info info;

        atr_member_at(chat->member, i, &info);
        atr_handle_name(name, info.member, info.nick);
        atr_chat_print(chat, "   %s%s", name, info.mine ? " [you]" : "");
    }
    atr_chat_print(chat, "-- %zu here", count);
}

static void nick(atr_chat *chat, const char *rest)
{
    (void)atr_chat_nick(chat, (atr_bytes){(const uint8_t *)rest, strlen(rest)});
}

static void policy(atr_chat *chat, const char *rest)
{
    char *text = malloc(ATR_POLICY_TEXT_BYTES_MAX);

    (void)rest;
    if (!chat->has_room) {
        atr_chat_print(chat, "-- the room is not known yet");
    } else if (text != NULL &&
               atr_policy_format(text, ATR_POLICY_TEXT_BYTES_MAX,
                                 &chat->room.policy) == ATR_OK) {
        atr_chat_print(chat, "-- policy: %s", text);
    } else {
        atr_chat_print(chat, "-- the policy is too long to show");
    }
    free(text);
}

static void explain(atr_chat *chat, const char *rest)
{
    atr_attrs missing;
    char *text;

    (void)rest;
    if (!chat->has_room) {
        atr_chat_print(chat, "-- the room is not known yet");
        return;
    }
    atr_chat_lacks(&missing, chat);
    text = atr_args_attrs_text(
        missing.count > 0 ? &missing : &chat->holder->file.key.attrs);
    atr_chat_print(chat,
                   missing.count > 0 ? "-- your key lacks: %s"
                                     : "-- your key satisfies the "
                                       "policy; it holds: %s",
                   text != NULL ? text : "?");
    free(text);
}

static void epoch(atr_chat *chat, const char *rest)
{
    char mark[65];

    (void)rest;
    atr_handle_mark(mark, chat->member);
    atr_chat_print(chat, "-- epoch %llu, %zu here, key mark %s",
                   (unsigned long long)atr_member_epoch(chat->member),
                   atr_member_count(chat->member),
                   mark[0] != 0 ? mark : "none yet");
}

static void quit(atr_chat *chat, const char *rest)
{
    (void)rest;
    atr_chat_quit(chat);
}

static void help(atr_chat *chat, const char *rest);

static const struct {
    const char *word;
    const char *takes;
    const char *doc;
    void (*run)(atr_chat *chat, const char *rest);
} commands[] = {
    {"who", "", "who is here", who},
    {"nick", "NAME", "what others see beside your messages", nick},
    {"policy", "", "who may enter this room", policy},
    {"explain", "", "why your key opens it", explain},
    {"epoch", "", "the present key: its number and public mark", epoch},
    {"quit", "", "leave the room", quit},
    {"help", "", "this list; // begins a text with a slash", help},
};

static void help(atr_chat *chat, const char *rest)
{
    (void)rest;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        atr_chat_print(chat, "   /%-8s %-6s %s", commands[i].word,
                       commands[i].takes, commands[i].doc);
    }
}

static void run(atr_chat *chat, const char *text)
{
    size_t len = strcspn(text, " \t");
    const char *rest = text + len + strspn(text + len, " \t");

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strlen(commands[i].word) == len &&
            strncasecmp(commands[i].word, text, len) == 0) {
            commands[i].run(chat, rest);
            return;
        }
    }
    atr_chat_complain(chat, "there is no such command, and nothing was sent; "
                            "/help lists them, // begins a text with a slash");
}

void atr_chat_line(atr_chat *chat, const char *text, size_t len)
{
    if (len == 0) {
        return;
    }
    if (text[0] == '/' && text[1] != '/') {
        run(chat, text + 1);
        return;
    }
    if (text[0] == '/') {
        text++;
        len--;
    }
    (void)atr_chat_say(chat, (atr_bytes){(const uint8_t *)text, len}, NULL);
}
