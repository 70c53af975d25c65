/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines are looked at as libinih looks at them, by way of settings_parse(). */
#include "hub/settings/settings_edit.h"

#include <stdlib.h>
#include <string.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "hub/settings/setting.h"

enum line_kind { LINE_OTHER, LINE_SECTION, LINE_SETTING };

struct line {
    const char *start;
    size_t length; /* without its end */
    size_t whole;  /* with it */
    enum line_kind kind;
    char *text; /* as the parser sees it, cut into words; it owns what follows */
    const char *section, *key;
    size_t value_start, value_end; /* of a setting: where in the line its value is */
    bool has_comment;              /* behind the value */
};

static void line_done(struct line *line)
{
    free(line->text);
}
#define _cleanup_line_ __attribute__((cleanup(line_done)))

/* ---- one line ---- */

static bool is_space(char c)
{
    return c == ' ';
}

static size_t skip_spaces(const char *text, size_t at)
{
    while (is_space(text[at]))
        at++;
    return at;
}

/* Where one of `ends` is, or a comment that begins before it, or the text's end. */
static size_t find_end(const char *text, size_t at, const char *ends)
{
    bool was_space = false;

    while (text[at] && !strchr(ends, text[at]) && !(was_space && strchr("#;", text[at])))
        was_space = is_space(text[at++]);
    return at;
}

static void read_section(struct line *line, size_t at)
{
    size_t end = find_end(line->text, at, "]");

    if (line->text[end] != ']')
        return;
    line->text[end] = 0;
    line->section = line->text + at;
    line->kind = LINE_SECTION;
}

static void read_setting(struct line *line, size_t at)
{
    size_t separator = find_end(line->text, at, "=:");

    if (!line->text[separator] || !strchr("=:", line->text[separator]))
        return;
    size_t key_end = separator, end = find_end(line->text, separator + 1, "");
    while (key_end > at && is_space(line->text[key_end - 1]))
        key_end--;
    line->has_comment = line->text[end];
    line->value_start = skip_spaces(line->text, separator + 1);
    line->value_end = end;
    while (line->value_end > separator + 1 && is_space(line->text[line->value_end - 1]))
        line->value_end--;
    if (line->value_start >= line->value_end)
        line->value_start = line->value_end = separator + 1;
    line->text[key_end] = 0;
    line->key = line->text + at;
    line->kind = LINE_SETTING;
}

/* The parser passes over what is no text or too long: so is it here. */
static void read_line(struct line *line)
{
    line->text = strndup(line->start, line->length);
    if (!line->text)
        abort();
    for (char *tab = line->text; (tab = strchr(tab, '\t'));)
        *tab = ' ';
    if (strlen(line->text) != line->length || line->length > SETTINGS_LINE_MAX ||
        !text_is_printable(line->text, NULL))
        return;
    size_t at = skip_spaces(line->text, 0);
    if (line->text[at] == '[')
        read_section(line, at + 1);
    else if (line->text[at] && !strchr("#;", line->text[at]))
        read_setting(line, at);
}

static bool next_line(const char **rest, const char *end, struct line *ret_line)
{
    if (*rest == end)
        return false;
    size_t left = (size_t)(end - *rest);
    const char *newline = memchr(*rest, '\n', left);
    struct line line = {.start = *rest};

    line.length = newline ? (size_t)(newline - *rest) : left;
    line.whole = newline ? line.length + 1 : left;
    if (line.length > 0 && line.start[line.length - 1] == '\r')
        line.length--;
    *rest += line.whole;
    read_line(&line);
    *ret_line = line;
    return true;
}

/* ---- what there is ---- */

struct place {
    bool found;            /* its line is there */
    bool written;          /* and was written */
    const char *last_line; /* of its section: header or setting; NULL = there is no such section */
};

struct edit {
    const char *text, *end; /* without a byte order mark */
    const struct setting_value *values;
    size_t count;
    struct place *places; /* one of each value */
    const char *line_end;
    struct buf *out;
};

static bool is_of(const struct setting_value *value, const char *section, const char *key)
{
    return text_equal(value->setting->section, section) && text_equal(value->setting->key, key);
}

static void find_places(struct edit *edit)
{
    _cleanup_free_ char *section = text_duplicate("");
    const char *rest = edit->text;

    for (;;) {
        _cleanup_line_ struct line line = {0};
        if (!next_line(&rest, edit->end, &line))
            return;
        if (line.kind == LINE_SECTION) {
            free(section);
            section = text_duplicate(line.section);
        }
        for (size_t i = 0; i < edit->count && line.kind != LINE_OTHER; i++) {
            if (text_equal(edit->values[i].setting->section, section))
                edit->places[i].last_line = line.start;
            if (line.kind == LINE_SETTING && is_of(&edit->values[i], section, line.key))
                edit->places[i].found = true;
        }
    }
}

/* ---- the new text ---- */

static void end_line(struct edit *edit)
{
    buf_add_text(edit->out, edit->line_end);
}

/* What follows a file whose last line has no end. */
static void end_last_line(struct edit *edit)
{
    char last = edit->out->length > 0 ? edit->out->data[edit->out->length - 1] : '\n';

    if (last == '\r')
        buf_add_char(edit->out, '\n');
    else if (last != '\n')
        end_line(edit);
}

static void add_setting(struct edit *edit, size_t index)
{
    end_last_line(edit);
    buf_printf(edit->out, "%s = %s", edit->values[index].setting->key, edit->values[index].text);
    end_line(edit);
    edit->places[index].written = true;
}

static void replace_value(struct edit *edit, size_t index, const struct line *line)
{
    const char *text = edit->values[index].text;
    size_t length = line->value_end - line->value_start;

    edit->places[index].written = true;
    if (strlen(text) == length && strncmp(line->start + line->value_start, text, length) == 0) {
        buf_add(edit->out, line->start, line->whole);
        return;
    }
    buf_add(edit->out, line->start, line->value_start);
    if (length == 0)
        buf_add_char(edit->out, ' ');
    buf_add_text(edit->out, text);
    if (line->has_comment)
        buf_add(edit->out, line->start + line->value_end, line->length - line->value_end);
    buf_add(edit->out, line->start + line->length, line->whole - line->length);
}

static void copy_line(struct edit *edit, const char *section, const struct line *line)
{
    for (size_t i = 0; i < edit->count && line->kind == LINE_SETTING; i++) {
        if (!is_of(&edit->values[i], section, line->key))
            continue;
        if (!edit->places[i].written)
            replace_value(edit, i, line);
        return;
    }
    buf_add(edit->out, line->start, line->whole);
}

static void copy_lines(struct edit *edit)
{
    _cleanup_free_ char *section = text_duplicate("");
    const char *rest = edit->text;

    for (;;) {
        _cleanup_line_ struct line line = {0};
        if (!next_line(&rest, edit->end, &line))
            return;
        if (line.kind == LINE_SECTION) {
            free(section);
            section = text_duplicate(line.section);
        }
        copy_line(edit, section, &line);
        for (size_t i = 0; i < edit->count; i++)
            if (!edit->places[i].found && edit->places[i].last_line == line.start)
                add_setting(edit, i);
    }
}

static void add_sections(struct edit *edit)
{
    for (size_t i = 0; i < edit->count; i++) {
        const char *section = edit->values[i].setting->section;

        if (edit->places[i].written)
            continue;
        end_last_line(edit);
        if (edit->out->length > 0)
            end_line(edit);
        buf_printf(edit->out, "[%s]", section);
        end_line(edit);
        for (size_t j = i; j < edit->count; j++)
            if (!edit->places[j].written && text_equal(edit->values[j].setting->section, section))
                add_setting(edit, j);
    }
}

void settings_edit(const char *text, size_t size, const struct setting_value *values, size_t count,
                   struct buf *ret_text)
{
    static const char mark[] = "\xef\xbb\xbf";
    _cleanup_free_ struct place *places = calloc(count + 1, sizeof(*places));
    const char *newline = size > 0 ? memchr(text, '\n', size) : NULL;
    bool marked = size >= 3 && memcmp(text, mark, 3) == 0;

    if (!places)
        abort();
    if (!text)
        text = "";
    buf_reserve(ret_text, size);
    if (marked)
        buf_add(ret_text, text, 3);
    struct edit edit = {
        .text = text + (marked ? 3 : 0),
        .end = text + size,
        .values = values,
        .count = count,
        .places = places,
        .line_end = newline && newline > text && newline[-1] == '\r' ? "\r\n" : "\n",
        .out = ret_text,
    };
    find_places(&edit);
    copy_lines(&edit);
    add_sections(&edit);
}
