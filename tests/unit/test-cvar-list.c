/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "query/cvar-list.h"

#include <criterion/criterion.h>
#include <string.h>

static const char answer[] =
        "cvar list\n--------------\n"
        "_restart                                 : cmd      :                  : Shutdown and restart "
        "the engine.\n"
        "god                                      : 0        : , \"sv\", \"cheat\", \"nf\" : No damage: "
        "none\n"
        "cl_clock_correction_adjustment_max_amount : 200      : , \"cheat\"        : Sets the maximum\n"
        "hostname                                 : a : b : , \"cheat  :                  : Hostname "
        "for server.\n"
        "mp_gamemode                              : coop     : , \"sv\", \"nf\", \"rep\"     : The "
        "current game mode\n"
        "sv_contact                               :          : , \"nf\"           : Contact email\n"
        "BindToggle                               : cmd      :                  : Performs a bind\n"
        "closecaption                             : 0        : , \"a\", \"user\"    : \n"
        "sv_cheats : 1 : , \"nf\", \"rep\"\n"
        "quit\n"
        "--------------\n2043 total convars/concommands\n";

static unsigned flags_of(const CvarList *list, const char *name) {
        const Cvar *cvar = cvar_list_find(list, name);

        cr_assert_not_null(cvar, "%s", name);
        return cvar->flags;
}

Test(cvar_list, the_answer_of_a_server) {
        CvarList list;

        cr_assert_eq(cvar_list_parse(answer, strlen(answer), &list), 0);
        cr_assert_eq(list.n_items, 8);
        cr_assert_eq(flags_of(&list, "_restart"), CVAR_COMMAND);
        cr_assert_eq(flags_of(&list, "GOD"), CVAR_CHEAT | CVAR_NOTIFY);
        cr_assert_eq(flags_of(&list, "cl_clock_correction_adjustment_max_amount"), CVAR_CHEAT);
        cr_assert_eq(flags_of(&list, "hostname"), 0);
        cr_assert_eq(flags_of(&list, "mp_gamemode"), CVAR_NOTIFY | CVAR_REPLICATED);
        cr_assert_eq(flags_of(&list, "sv_contact"), CVAR_NOTIFY);
        cr_assert_eq(flags_of(&list, "closecaption"), CVAR_ARCHIVED);
        cr_assert_str_eq(cvar_list_find(&list, "god")->help, "No damage: none");
        cr_assert_str_eq(cvar_list_find(&list, "closecaption")->help, "");
        cr_assert_null(cvar_list_find(&list, "sv_cheats"));
        cr_assert_null(cvar_list_find(&list, "mp_game"));
        cr_assert_null(cvar_list_find(&list, ""));
        cvar_list_clear(&list);
}

Test(cvar_list, names_with_a_prefix) {
        CvarList list;
        size_t n, first;

        cr_assert_eq(cvar_list_parse(answer, strlen(answer), &list), 0);
        first = cvar_list_find_prefix(&list, "CL", &n);
        cr_assert_eq(n, 2);
        cr_assert_str_eq(list.items[first].name, "cl_clock_correction_adjustment_max_amount");
        cr_assert_str_eq(list.items[first + 1].name, "closecaption");
        (void) cvar_list_find_prefix(&list, "zz", &n);
        cr_assert_eq(n, 0);
        (void) cvar_list_find_prefix(&list, "", &n);
        cr_assert_eq(n, 8);
        cvar_list_clear(&list);
}

Test(cvar_list, a_name_twice_is_there_once) {
        static const char text[] = "a : 0 :  : x\nA : cmd :  : y\n";
        CvarList list;

        cr_assert_eq(cvar_list_parse(text, strlen(text), &list), 0);
        cr_assert_eq(list.n_items, 1);
        cvar_list_clear(&list);
}

Test(cvar_list, other_answers_are_refused) {
        static const char *const texts[] = {
                "",
                "Unknown command \"cvarlist\"\n",
                "a;quit : 0 :  : x\n",
                "\"a\" : 0 :  : x\n",
                " : 0 :  : x\n",
                "a : 0\n",
                "a : 0 : , \"nf\n",
        };

        for (size_t i = 0; i < ELEMENTSOF(texts); i++) {
                CvarList list;

                cr_assert_eq(
                        cvar_list_parse(texts[i], strlen(texts[i]), &list), -EBADMSG, "%s",
                        texts[i]);
                cvar_list_clear(&list);
        }
}
