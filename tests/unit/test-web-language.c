/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "view/accept-language.h"
#include "view/language.h"
#include "view/messages.h"
#include "spec-tree.h"

/* --- Accept-Language ----------------------------------------------------------------------------
 */

static const char *choose(const char *header) {
        static const char *const tags[] = { "en", "de", "en-XA", "pt-BR", "zh" };

        return tags[accept_language_choose(header, tags, sizeof(tags) / sizeof(tags[0]))];
}

Test(accept_language, chooses) {
        static const struct {
                const char *header, *expected;
        } cases[] = {
                { NULL, "en" },
                { "", "en" },
                { "de", "de" },
                { "DE", "de" },
                { "de-AT", "de" },
                { "zh-Hant-TW", "zh" },
                { "pt", "pt-BR" },
                { "pt-PT", "en" },
                { "en-XA", "en-XA" },
                { "en-xa, de", "en-XA" },
                { "en-GB", "en" },
                { "en", "en" },
                { "fr", "en" },
                { "fr, de;q=0.5", "de" },
                { "de;q=0.5, en;q=0.7", "en" },
                { "de;q=0.501, zh;q=0.502", "zh" },
                { "de;q=0.5, zh;q=0.5", "de" },
                { " de ; q=1.0 ", "de" },
                { "de;Q=1", "de" },
                { "*", "en" },
                { "fr, *;q=0.5, de;q=0.2", "en" },
                { "de;q=0", "en" },
                { "de;q=0.0, zh;q=0.001", "zh" },
        };

        for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
                cr_expect_str_eq(choose(cases[i].header), cases[i].expected, "%s", cases[i].header);
}

Test(accept_language, skips_what_is_malformed) {
        static const char *const bad[] = {
                "de;q=2",
                "de;q=1.1",
                "de;q=-1",
                "de;q",
                "de;x=1",
                "de q=1",
                "de;q=0.x",
                "/de",
                "d_e",
                "de;q=1;q=1",
                "\xff"
                "de",
                "de\n",
        };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                char header[64];

                cr_expect_str_eq(choose(bad[i]), "en", "%s", bad[i]);
                (void) snprintf(header, sizeof(header), "%s, zh;q=0.1", bad[i]);
                cr_expect_str_eq(choose(header), "zh", "%s", header);
        }
}

Test(accept_language, looks_at_so_many) {
        char header[ACCEPT_LANGUAGE_RANGES_MAX * 4 + 8] = "";

        for (unsigned i = 0; i < ACCEPT_LANGUAGE_RANGES_MAX - 1; i++)
                strcat(header, "fr,");
        strcat(header, "de");
        cr_expect_str_eq(choose(header), "de");
        memmove(header + 3, header, strlen(header) + 1);
        cr_expect_str_eq(choose(header), "en");
}

/* --- messages -----------------------------------------------------------------------------------
 */

static const char *shout(const char *message, unsigned line, void *userdata) {
        char *seen = userdata;

        (void) snprintf(seen + strlen(seen), 200 - strlen(seen), "%u:%s|", line, message);
        return strcmp(message, "keep") == 0 ? NULL : "X";
}

static int replace(const char *text, char **ret, char seen[static 200]) {
        size_t size = 0;
        unsigned line = 0;
        FILE *f = open_memstream(ret, &size);
        int r;

        seen[0] = '\0';
        r = messages_replace(text, strlen(text), shout, seen, f, &line);
        cr_assert_eq(fclose(f), 0);
        return r < 0 ? (int) line : 0;
}

Test(messages, are_replaced) {
        char *text = NULL, seen[200];

        cr_expect_eq(
                replace("a\n{{#_}}b\n  c{{/_}} {{#_}} d {{/_}}{{#_}}keep{{/_}}", &text, seen), 0);
        cr_expect_str_eq(text, "a\n{{#_}}X{{/_}} {{#_}} X {{/_}}{{#_}}keep{{/_}}");
        cr_expect_str_eq(seen, "2:b c|3:d|3:keep|");
        free(text);
}

Test(messages, that_are_wrong) {
        static const char *const bad[] = { "\n{{#_}}a", "\n{{#_}} {{/_}}",
                                           "\n{{#_}}a{{#_}}b{{/_}}" };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                char *text = NULL, seen[200];

                cr_expect_eq(replace(bad[i], &text, seen), 2, "%s", bad[i]);
                free(text);
        }
}

Test(translations, that_fit) {
        static const char *const good[][2] = {
                { "Stop {{name}}?", "{{name}} anhalten?" },
                { "Fix <a href=\"{{href}}\">it</a>.", "<a href=\"{{href}}\">Das</a> reparieren." },
                { "{{#a}}b{{/a}} {{x}}", "{{x}} {{#a}}c{{/a}}" },
                { "since {time}", "seit {time}" },
                { "<b>a</b> <b>c</b>", "<b>ä<b>ö</b></b>" },
                { "say \"yes\"", "\"ja\" sagen" },
                { "can't", "'tis" },
        };

        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
                cr_expect_null(
                        translation_fault(good[i][0], good[i][1]), "%s: %s", good[i][1],
                        translation_fault(good[i][0], good[i][1]));
}

Test(translations, that_are_refused) {
        static const char *const bad[][2] = {
                { "a", "" },
                { "a", "<script>b</script>" },
                { "a", "b {{secret}}" },
                { "a", "b {{{secret}}}" },
                { "{{a}}", "{{{a}}}" },
                { "{{a}}", "{{&a}}" },
                { "{{a}}", "{{a}} {{a}}" },
                { "{{a}}", "a" },
                { "a", "b\" onclick=\"c" },
                { "<a href=\"b\">c</a>", "<a href=\"javascript:\">c</a>" },
                { "<a href=\"b\">c</a>", "<a href=\"b\" title=\"d\">c</a>" },
                { "<a href=\"b\">c</a>", "</a>c<a href=\"b\">" },
                { "<b>a</b><i>c</i>", "<b>a<i>c</b></i>" },
                { "{{#a}}b{{/a}}", "{{/a}}b{{#a}}" },
                { "a", "b {{#_}}c{{/_}}" },
                { "a", "{{/_}}b{{#_}}" },
                { "a", "{{=<% %>=}}" },
                { "a", "{{>head}}" },
                { "a", "b <" },
                { "a", "b {{" },
                { "a", "b }" },
                { "since {time}", "seit {zeit}" },
                { "since {time}", "seit" },
                { "a", "b\nc" },
                { "<a href=\"{{b}}\">c</a>", "<a href=\"{{c}}\">c</a>" },
        };

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
                cr_expect_not_null(
                        translation_fault(bad[i][0], bad[i][1]), "%s -> %s", bad[i][0], bad[i][1]);
}

/* --- tags ---------------------------------------------------------------------------------------
 */

Test(tags, of_locales) {
        static const char *const good[][2] = {
                { "de", "de" },
                { "ast", "ast" },
                { "pt_BR", "pt-BR" },
                { "es_419", "es-419" },
                { "zh_Hant", "zh-Hant" },
                { "zh_Hant_TW", "zh-Hant-TW" },
                { "sr@latin", "sr-Latn" },
                { "sr_RS@latin", "sr-Latn-RS" },
                { "ca@valencia", "ca-valencia" },
                { "ca_ES@valencia", "ca-ES-valencia" },
                { "aaa_Bbbb_111@abcdefgh", "aaa-Bbbb-111-abcdefgh" },
        };
        static const char *const bad[] = {
                "",      "d",        "deut",    "DE",          "de_", "de_de",   "de_DEU",
                "de_D",  "es_41",    "es_4190", "de_DE.UTF-8", "de@", "de@euro", "de@a-bcde",
                "de-DE", "de_DE_AT", "zh_hant", "C",           "..",  "de/fr",   "de@ninechars",
        };
        char tag[LANGUAGE_TAG_MAX];

        for (size_t i = 0; i < ELEMENTSOF(good); i++) {
                cr_expect(language_tag(good[i][0], tag), "%s", good[i][0]);
                cr_expect_str_eq(tag, good[i][1]);
        }
        for (size_t i = 0; i < ELEMENTSOF(bad); i++)
                cr_expect_not(language_tag(bad[i], tag), "%s", bad[i]);
}

/* --- languages ----------------------------------------------------------------------------------
 */

static char *render(const Language *language) {
        char *text = NULL;
        size_t size;

        cr_assert_eq(templates_render(language->templates, "actions", NULL, NULL, &text, &size), 0);
        return text;
}

/* The pseudo-locale is made from all texts, so every text of a page is in its marks. */
Test(languages, have_templates_and_texts) {
        MustacheError error = {};
        Languages *languages = NULL;
        const Language *english, *pseudo;
        char *text;

        cr_assert_eq(
                languages_load("web/templates", TEST_LOCALES, &error, &languages), 0, "%s: %s",
                error.name, error.message);
        english = languages_choose(languages, "de");
        pseudo = languages_choose(languages, "de, en-XA;q=0.5");
        cr_expect_eq(english, languages_english(languages));
        cr_expect_str_eq(english->tag, "en");
        cr_assert_str_eq(pseudo->tag, "en-XA");

        text = render(english);
        cr_expect(strstr(text, ">Start</button>"));
        free(text);
        text = render(pseudo);
        cr_expect_not(strstr(text, ">Start</button>"));
        cr_expect(strstr(text, ">⟦"));
        free(text);

        cr_expect_eq(language_current(), 0);
        cr_expect_str_eq(_("Not found"), "Not found");
        language_use(pseudo);
        cr_expect_eq(language_current(), pseudo->index);
        cr_expect_eq(strncmp(_("Not found"), "⟦", strlen("⟦")), 0);
        language_reset();
        cr_expect_str_eq(_("Not found"), "Not found");
        languages_free(languages);
}

/* A catalog of one text: gettext's binary form. */
static void write_catalog(const char *locale, const char *message, const char *translation) {
        enum { HEADER = 7 * 4, TABLES = 2 * 2 * 8 };
        static const char header[] = "Content-Type: text/plain; charset=UTF-8\n";
        const char *texts[] = { "", message, header, translation };
        uint32_t words[7 + 8] = { 0x950412de, 0, 2, HEADER, HEADER + 16, 0, HEADER + TABLES };
        uint32_t offset = HEADER + TABLES;
        char path[256];
        FILE *f;

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                words[7 + 2 * i] = (uint32_t) strlen(texts[i]);
                words[8 + 2 * i] = offset;
                offset += (uint32_t) strlen(texts[i]) + 1;
        }
        (void) snprintf(
                path, sizeof(path), "%s/locale/%s/LC_MESSAGES/left4me.mo", tree_root, locale);
        tree_make_parents(path);
        f = fopen(path, "we");
        cr_assert_not_null(f);
        cr_assert_eq(fwrite(words, sizeof(words), 1, f), 1);
        for (size_t i = 0; i < ELEMENTSOF(texts); i++)
                cr_assert_eq(fwrite(texts[i], strlen(texts[i]) + 1, 1, f), 1);
        cr_assert_eq(fclose(f), 0);
}

/* The same text so often that a long translation makes the template too large. */
static void write_template(void) {
        enum { COUNT = MUSTACHE_SIZE_MAX / (MESSAGE_SIZE_MAX - 2) + 1 };
        static char text[COUNT * sizeof("{{#_}}a{{/_}}") + 1];

        for (size_t i = 0; i < COUNT; i++)
                strcat(text, "{{#_}}a{{/_}}\n");
        tree_write("templates/page.mustache", text);
}

static char warning[512];

static void keep_warning(const LogMessage *message) {
        cr_expect_eq(message->priority, LOG_WARNING);
        (void) snprintf(warning, sizeof(warning), "%s", message->text);
}

Test(languages, are_left_out_when_their_templates_are_bad, .init = tree_setup,
     .fini = tree_teardown) {
        char templates[256], locales[256], translation[MESSAGE_SIZE_MAX];
        MustacheError error = {};
        Languages *languages = NULL;
        const Language *serbian;

        memset(translation, 'b', sizeof(translation) - 1);
        translation[sizeof(translation) - 1] = '\0';
        write_template();
        write_catalog("de", "a", "ä");
        write_catalog("fr", "a", translation);
        write_catalog("sr_RS@latin", "a", "c");
        (void) snprintf(templates, sizeof(templates), "%s/templates", tree_root);
        (void) snprintf(locales, sizeof(locales), "%s/locale", tree_root);
        text_setup_from(locales);
        log_set_sink(keep_warning);

        cr_assert_eq(languages_load(templates, locales, &error, &languages), 0);
        cr_expect_not_null(strstr(warning, " to fr,"), "%s", warning);
        cr_expect_not_null(strstr(warning, ": page.mustache:"), "%s", warning);
        cr_expect_eq(languages_choose(languages, "fr"), languages_english(languages));
        cr_expect_str_eq(languages_choose(languages, "fr, de;q=0.5")->tag, "de");
        serbian = languages_choose(languages, "sr-Latn-RS");
        cr_expect_str_eq(serbian->tag, "sr-Latn-RS");
        cr_expect_eq(serbian->index, 2);
        language_use(serbian);
        cr_expect_str_eq(_("a"), "c");
        languages_free(languages);
}
