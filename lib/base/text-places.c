/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/text-places.h"

#include <inttypes.h>
#include <limits.h>
#include <printf.h>
#include <stdbool.h>
#include <string.h>

#include "base/strv.h"

/* A number that follows the format, as "*" for a width or precision takes it. */
typedef struct Star {
        bool is_there;
        unsigned argument; /* of all that follow the format, from 0 */
} Star;

typedef struct Place {
        const char *start; /* at "%" */
        const char *end;
        const char *flags, *flags_end;
        const char *width, *width_end;         /* digits; empty with a star or without a width */
        const char *precision, *precision_end; /* with "."; empty as width */
        Star width_star, precision_star;
        const char *conversion; /* with its length, to end */
        unsigned argument;      /* that it prints, as in Star */
} Place;

typedef struct Places {
        Place items[TEXT_PLACES_MAX];
        size_t n_items;
        unsigned n_arguments; /* of those without numbers so far */
        enum { UNDECIDED, IN_ORDER, NUMBERED } kind;
} Places;

static const char *skip_digits(const char *p) {
        while (*p >= '0' && *p <= '9')
                p++;
        return p;
}

/* The number of "3$" as an index, at most three digits of it; *p moves behind it. */
static bool take_number(const char **p, unsigned *ret) {
        const char *end = skip_digits(*p);
        unsigned number = 0;

        if (end == *p || *end != '$' || end - *p > 3)
                return false;
        for (const char *digit = *p; digit < end; digit++)
                number = 10 * number + (unsigned) (*digit - '0');
        if (number == 0)
                return false;
        *ret = number - 1;
        *p = end + 1;
        return true;
}

/* The argument at *p, by its number or as the next one; a format has one kind only. */
static int take_argument(Places *places, const char **p, unsigned *ret) {
        bool has_number = take_number(p, ret);

        if (places->kind != UNDECIDED && (places->kind == NUMBERED) != has_number)
                return -EINVAL;
        places->kind = has_number ? NUMBERED : IN_ORDER;
        if (!has_number)
                *ret = places->n_arguments++;
        return 0;
}

static int take_star(Places *places, const char **p, Star *star) {
        (*p)++;
        star->is_there = true;
        return take_argument(places, p, &star->argument);
}

/* "hh", "l", "z" and so on, then one of the conversions. */
static const char *skip_conversion(const char *p) {
        static const char *const lengths[] = { "hh", "h", "ll", "l", "j", "z", "t" };

        for (size_t i = 0; i < ELEMENTSOF(lengths); i++)
                if (strncmp(p, lengths[i], strlen(lengths[i])) == 0) {
                        p += strlen(lengths[i]);
                        return *p != '\0' && strchr("diouxX", *p) ? p + 1 : NULL;
                }
        return *p != '\0' && strchr("diouxXcsfFgGeEpm", *p) ? p + 1 : NULL;
}

/* A number belongs to the conversion, and stands before everything else. */
static int take_place(Places *places, const char **p) {
        Place place = { .start = *p };
        bool has_number;
        int r = 0;

        (*p)++;
        has_number = take_number(p, &place.argument);
        if (has_number && places->kind == IN_ORDER)
                return -EINVAL;
        place.flags = *p;
        *p += strspn(*p, "-+ #0'");
        place.flags_end = place.width = *p;
        if (**p == '*')
                r = take_star(places, p, &place.width_star);
        else
                *p = skip_digits(*p);
        place.width_end = place.precision = *p;
        if (r >= 0 && **p == '.') {
                if ((*p)[1] == '*') {
                        (*p)++;
                        r = take_star(places, p, &place.precision_star);
                } else
                        *p = skip_digits(*p + 1);
        }
        place.precision_end = place.conversion = *p;
        if (r < 0)
                return r;
        if (place.width_star.is_there)
                place.width = place.width_end;
        if (place.precision_star.is_there)
                place.precision = place.precision_end;

        *p = place.end = skip_conversion(place.conversion);
        if (!*p || places->n_items == ELEMENTSOF(places->items))
                return -EINVAL;
        if (has_number)
                places->kind = NUMBERED;
        else if (*place.conversion == 'm')
                place.argument = UINT_MAX; /* it takes none */
        else
                r = take_argument(places, &(const char *) { "" }, &place.argument);
        places->items[places->n_items++] = place;
        return r;
}

static int find_places(const char *format, Places *ret) {
        Places places = {};
        const char *p = format;
        int r = 0;

        while (r >= 0 && (p = strchr(p, '%'))) {
                if (p[1] == '%')
                        p += 2;
                else
                        r = take_place(&places, &p);
        }
        if (r >= 0)
                *ret = places;
        return r;
}

/* --- from what printf gets to strings -----------------------------------------------------------
 */

typedef union Value {
        int number;
        long long_number;
        long long longest_number;
        double fraction;
        const void *pointer;
} Value;

static int read_values(va_list ap, const int *types, size_t n, Value *values) {
        for (size_t i = 0; i < n; i++) {
                int type = types[i] & ~PA_FLAG_MASK, flags = types[i] & PA_FLAG_MASK;

                if (type == PA_STRING || type == PA_POINTER)
                        values[i].pointer = va_arg(ap, const void *);
                else if (type == PA_DOUBLE && flags == 0)
                        values[i].fraction = va_arg(ap, double);
                else if (type == PA_INT && flags == PA_FLAG_LONG_LONG)
                        values[i].longest_number = va_arg(ap, long long);
                else if (type == PA_INT && flags == PA_FLAG_LONG)
                        values[i].long_number = va_arg(ap, long);
                else if (
                        type == PA_CHAR ||
                        (type == PA_INT && (flags == 0 || flags == PA_FLAG_SHORT)))
                        values[i].number = va_arg(ap, int);
                else
                        return -EINVAL;
        }
        return 0;
}

static void add_piece(FILE *f, const char *start, const char *end) {
        (void) fwrite(start, 1, (size_t) (end - start), f);
}

/* The place as a format of its own, stars replaced by their numbers; a negative precision counts as
 * none. */
static int make_single_format(const Place *place, const Value *values, char **ret) {
        size_t size;
        FILE *f = open_memstream(ret, &size);

        if (!f)
                return -ENOMEM;
        (void) fputc('%', f);
        add_piece(f, place->flags, place->flags_end);
        add_piece(f, place->width, place->width_end);
        if (place->width_star.is_there)
                (void) fprintf(f, "%d", values[place->width_star.argument].number);
        add_piece(f, place->precision, place->precision_end);
        if (place->precision_star.is_there && values[place->precision_star.argument].number >= 0)
                (void) fprintf(f, ".%d", values[place->precision_star.argument].number);
        add_piece(f, place->conversion, place->end);
        return fclose(f) == 0 ? 0 : -ENOMEM;
}

/* The compiler can't check a format that was taken from another one, which it has checked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static int print_value(const char *format, int type, const Value *value, char **ret) {
        int kind = type & ~PA_FLAG_MASK, flags = type & PA_FLAG_MASK, n;

        if (kind == PA_STRING || kind == PA_POINTER)
                n = asprintf(ret, format, value->pointer);
        else if (kind == PA_DOUBLE)
                n = asprintf(ret, format, value->fraction);
        else if (flags == PA_FLAG_LONG_LONG)
                n = asprintf(ret, format, value->longest_number);
        else if (flags == PA_FLAG_LONG)
                n = asprintf(ret, format, value->long_number);
        else
                n = asprintf(ret, format, value->number);
        return n < 0 ? -ENOMEM : 0;
}
#pragma GCC diagnostic pop

static int print_place(
        const Place *place, const int *types, const Value *values, int error, char **ret) {
        _cleanup_free_ char *format = NULL;
        char *text = NULL;
        int r;

        if (place->argument == UINT_MAX)
                r = (text = strdup(strerror(error))) ? 0 : -ENOMEM;
        else {
                r = make_single_format(place, values, &format);
                if (r >= 0)
                        r = print_value(
                                format, types[place->argument], &values[place->argument], &text);
        }
        if (r >= 0)
                *ret = text;
        return r;
}

static int print_places(
        const Places *places, const int *types, const Value *values, int error, char ***ret) {
        _cleanup_(strv_freep) char **arguments = calloc(places->n_items + 1, sizeof(*arguments));
        int r = arguments ? 0 : -ENOMEM;

        for (size_t i = 0; i < places->n_items && r >= 0; i++)
                r = print_place(&places->items[i], types, values, error, &arguments[i]);
        if (r >= 0)
                *ret = TAKE_PTR(arguments);
        return r;
}

/* Whether places name only arguments that there are. */
static bool fits(const Places *places, size_t n_arguments) {
        for (size_t i = 0; i < places->n_items; i++) {
                const Place *place = &places->items[i];

                if ((place->argument != UINT_MAX && place->argument >= n_arguments) ||
                    (place->width_star.is_there && place->width_star.argument >= n_arguments) ||
                    (place->precision_star.is_there &&
                     place->precision_star.argument >= n_arguments))
                        return false;
        }
        return true;
}

int text_arguments(const char *format, va_list ap, char ***ret) {
        Value values[TEXT_PLACES_MAX] = {};
        int types[TEXT_PLACES_MAX] = {};
        int error = errno;
        Places places = {};
        size_t n;
        int r;

        r = find_places(format, &places);
        if (r < 0)
                return r;
        n = parse_printf_format(format, ELEMENTSOF(types), types);
        if (n > ELEMENTSOF(types) || !fits(&places, n))
                return -EINVAL;
        r = read_values(ap, types, n, values);
        return r < 0 ? r : print_places(&places, types, values, error, ret);
}

/* --- from strings to the message ----------------------------------------------------------------
 */

/* The place of code that prints the same argument: which string a place of the translation takes.
 */
static const char *find_string(const Places *code, char *const *arguments, const Place *place) {
        for (size_t i = 0; i < code->n_items; i++)
                if (code->items[i].argument == place->argument)
                        return arguments[i];
        return NULL;
}

/* Text without places, with "%%" as "%". */
static void add_plain(FILE *f, const char *start, const char *end) {
        for (const char *p = start; p < end; p++) {
                (void) fputc(*p, f);
                if (*p == '%')
                        p++;
        }
}

static int write_filled(
        const Places *code, const char *translation, const Places *places, char *const *arguments,
        FILE *f) {
        const char *p = translation;

        for (size_t i = 0; i < places->n_items; i++) {
                const char *string = find_string(code, arguments, &places->items[i]);

                if (!string)
                        return -EINVAL;
                add_plain(f, p, places->items[i].start);
                (void) fputs(string, f);
                p = places->items[i].end;
        }
        add_plain(f, p, p + strlen(p));
        return 0;
}

int text_fill(const char *code, const char *translation, char *const *arguments, char **ret) {
        Places code_places = {}, places = {};
        char *text = NULL;
        size_t size, n = strv_length(arguments);
        FILE *f;
        int r;

        r = find_places(code, &code_places);
        if (r >= 0)
                r = find_places(translation, &places);
        if (r < 0 || code_places.n_items != n || places.n_items != n)
                return -EINVAL;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;
        r = write_filled(&code_places, translation, &places, arguments, f);
        if (fclose(f) != 0 && r >= 0)
                r = -ENOMEM;
        if (r < 0)
                free(text);
        else
                *ret = text;
        return r;
}
