/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cpu-set.h"

enum { WORD_BITS = 64, N_WORDS = CPU_SET_MAX / WORD_BITS };

static bool has_cpu(const CpuSet *set, unsigned cpu) {
        return cpu < CPU_SET_MAX && (set->bits[cpu / WORD_BITS] >> (cpu % WORD_BITS) & 1);
}

/* One decimal number at *p, advancing it. No sign, no blank: strtoul() would accept both. */
static int parse_number(const char **p, unsigned *ret) {
        unsigned value = 0;

        if (**p < '0' || **p > '9')
                return -EINVAL;
        for (; **p >= '0' && **p <= '9'; (*p)++) {
                value = value * 10 + (unsigned) (**p - '0');
                if (value >= CPU_SET_MAX)
                        return -ERANGE;
        }

        *ret = value;
        return 0;
}

/* "N" or "N-M" at *p, advancing it. */
static int parse_range(const char **p, CpuSet *set) {
        unsigned first, last;
        int r;

        r = parse_number(p, &first);
        if (r < 0)
                return r;
        last = first;
        if (**p == '-') {
                (*p)++;
                r = parse_number(p, &last);
                if (r < 0)
                        return r;
        }
        if (last < first)
                return -EINVAL;

        for (unsigned cpu = first; cpu <= last; cpu++)
                set->bits[cpu / WORD_BITS] |= UINT64_C(1) << (cpu % WORD_BITS);
        return 0;
}

int cpu_set_parse(const char *text, CpuSet *ret) {
        CpuSet set = {};

        for (const char *p = text;; p++) {
                int r = parse_range(&p, &set);

                if (r < 0)
                        return r;
                if (*p == '\0')
                        break;
                if (*p != ',')
                        return -EINVAL;
        }

        *ret = set;
        return 0;
}

int cpu_set_format(const CpuSet *set, char **ret) {
        _cleanup_free_ char *text = NULL;
        const char *separator = "";
        size_t size;
        FILE *f;

        f = open_memstream(&text, &size);
        if (!f)
                return -ENOMEM;

        for (unsigned cpu = 0; cpu < CPU_SET_MAX; cpu++) {
                unsigned first = cpu;

                if (!has_cpu(set, cpu))
                        continue;
                while (has_cpu(set, cpu + 1))
                        cpu++;
                (void) fprintf(f, first == cpu ? "%s%u" : "%s%u-%u", separator, first, cpu);
                separator = ",";
        }

        if (fclose(f) != 0)
                return -ENOMEM;
        *ret = TAKE_PTR(text);
        return 0;
}

bool cpu_set_is_empty(const CpuSet *set) {
        for (unsigned i = 0; i < N_WORDS; i++)
                if (set->bits[i] != 0)
                        return false;
        return true;
}

bool cpu_set_is_subset(const CpuSet *set, const CpuSet *of) {
        CpuSet rest = cpu_set_subtract(set, of);

        return cpu_set_is_empty(&rest);
}

CpuSet cpu_set_subtract(const CpuSet *a, const CpuSet *b) {
        CpuSet result;

        for (unsigned i = 0; i < N_WORDS; i++)
                result.bits[i] = a->bits[i] & ~b->bits[i];
        return result;
}
