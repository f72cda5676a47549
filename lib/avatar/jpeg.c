/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "avatar/jpeg.h"

#include <stdbool.h>
#include <string.h>

/* Marker bytes, each after 0xff (ITU-T T.81, table B.1). */
enum {
        SOF0 = 0xc0, /* a baseline frame */
        SOF1 = 0xc1, /* the same with more tables */
        SOF2 = 0xc2, /* a progressive frame */
        DHT = 0xc4,
        RST0 = 0xd0,
        RST7 = 0xd7,
        SOI = 0xd8,
        EOI = 0xd9,
        SOS = 0xda,
        DQT = 0xdb,
        DRI = 0xdd,
        APP0 = 0xe0,
        APP14 = 0xee,
        APP15 = 0xef,
        COM = 0xfe,
};

enum {
        COMPONENTS_MAX = 3,
        /* Each scan makes a decoder go through the whole picture once more. */
        SCANS_MAX = 32,
        JFIF_SIZE = 14,  /* without a thumbnail */
        ADOBE_SIZE = 12, /* tells a decoder which colours the components are */
};

typedef struct Jpeg {
        const uint8_t *p, *end;
        uint8_t *out; /* as much room as the original has */
        size_t size;
        unsigned side_max;
        uint8_t components[COMPONENTS_MAX];
        unsigned n_components; /* 0: no frame so far */
        unsigned n_scans;
        bool is_progressive, has_jfif, has_adobe;
} Jpeg;

/* A segment behind its length. */
typedef struct Segment {
        const uint8_t *p;
        size_t size;
} Segment;

static void put(Jpeg *jpeg, const uint8_t *data, size_t size) {
        memcpy(jpeg->out + jpeg->size, data, size);
        jpeg->size += size;
}

static void put_segment(Jpeg *jpeg, uint8_t marker, Segment segment) {
        const uint8_t head[] = { 0xff, marker, (uint8_t) ((segment.size + 2) >> 8),
                                 (uint8_t) (segment.size + 2) };

        put(jpeg, head, sizeof(head));
        put(jpeg, segment.p, segment.size);
}

static unsigned number(const uint8_t *p) {
        return (unsigned) p[0] << 8 | p[1];
}

/* --- segments -----------------------------------------------------------------------------------
 */

static bool tables_of_quants_are_good(Segment segment) {
        while (segment.size > 0) {
                unsigned precision = segment.p[0] >> 4;
                size_t size = precision == 0 ? 65 : 129;

                if (precision > 1 || (segment.p[0] & 15) > 3 || segment.size < size)
                        return false;
                segment.p += size;
                segment.size -= size;
        }
        return true;
}

/* Whether the numbers of codes of each length, from 1 to 16 bits, can be those of a code. */
static bool code_is_good(const uint8_t counts[static 16], size_t *ret_n) {
        unsigned free_codes = 1;
        size_t n = 0;

        for (unsigned i = 0; i < 16; i++) {
                free_codes *= 2;
                if (counts[i] > free_codes)
                        return false;
                free_codes -= counts[i];
                n += counts[i];
        }
        *ret_n = n;
        return n <= 256;
}

static bool tables_of_codes_are_good(Segment segment) {
        while (segment.size > 0) {
                size_t n;

                if (segment.size < 17 || segment.p[0] >> 4 > 1 || (segment.p[0] & 15) > 3 ||
                    !code_is_good(segment.p + 1, &n) || segment.size < 17 + n)
                        return false;
                segment.p += 17 + n;
                segment.size -= 17 + n;
        }
        return true;
}

static bool has_component(const Jpeg *jpeg, uint8_t id, unsigned n) {
        return memchr(jpeg->components, id, n) != NULL;
}

/* The picture's size and its components. There is one frame. */
static bool take_frame(Jpeg *jpeg, uint8_t marker, Segment segment) {
        unsigned height, width, n;

        if (jpeg->n_components > 0 || segment.size < 6)
                return false;
        height = number(segment.p + 1);
        width = number(segment.p + 3);
        n = segment.p[5];
        if (segment.p[0] != 8 || height == 0 || height > jpeg->side_max || width == 0 ||
            width > jpeg->side_max || (n != 1 && n != COMPONENTS_MAX) || segment.size != 6 + 3 * n)
                return false;
        for (unsigned i = 0; i < n; i++) {
                const uint8_t *component = segment.p + 6 + 3 * (size_t) i;
                unsigned across = component[1] >> 4, down = component[1] & 15;

                if (has_component(jpeg, component[0], i) || across == 0 || across > 4 ||
                    down == 0 || down > 4 || component[2] > 3)
                        return false;
                jpeg->components[i] = component[0];
        }
        jpeg->n_components = n;
        jpeg->is_progressive = marker == SOF2;
        return true;
}

/* Which coefficients a scan has, and how exact. */
static bool spectrum_is_good(const Jpeg *jpeg, const uint8_t *p, unsigned n) {
        unsigned first = p[0], last = p[1], before = p[2] >> 4, now = p[2] & 15;

        if (!jpeg->is_progressive)
                return first == 0 && last == 63 && p[2] == 0;
        return last <= 63 && (first == 0 ? last == 0 : first <= last && n == 1) && now <= 13 &&
               (before == 0 || before == now + 1);
}

static bool take_scan(Jpeg *jpeg, Segment segment) {
        unsigned n = segment.size > 0 ? segment.p[0] : 0;

        if (n == 0 || n > jpeg->n_components || segment.size != 4 + 2 * (size_t) n ||
            ++jpeg->n_scans > SCANS_MAX)
                return false;
        for (unsigned i = 0; i < n; i++) {
                const uint8_t *component = segment.p + 1 + 2 * (size_t) i;

                if (!has_component(jpeg, component[0], jpeg->n_components) ||
                    component[1] >> 4 > 3 || (component[1] & 15) > 3)
                        return false;
        }
        return spectrum_is_good(jpeg, segment.p + 1 + 2 * (size_t) n, n);
}

static bool begins_with(Segment segment, const char *text, size_t size) {
        return segment.size >= size && memcmp(segment.p, text, size) == 0;
}

/* The two segments of programs that change how the picture looks. */
static void take_of_programs(Jpeg *jpeg, uint8_t marker, Segment segment) {
        if (marker == APP0 && !jpeg->has_jfif && segment.size >= JFIF_SIZE &&
            begins_with(segment, "JFIF", sizeof("JFIF"))) {
                /* Version 1.1, square pixels, no thumbnail. */
                static const uint8_t plain[JFIF_SIZE] = { 'J', 'F', 'I', 'F', 0, 1, 1,
                                                          0,   0,   1,   0,   1, 0, 0 };

                put_segment(jpeg, marker, (Segment) { plain, sizeof(plain) });
                jpeg->has_jfif = true;
        } else if (
                marker == APP14 && !jpeg->has_adobe && segment.size == ADOBE_SIZE &&
                begins_with(segment, "Adobe", strlen("Adobe"))) {
                put_segment(jpeg, marker, segment);
                jpeg->has_adobe = true;
        }
}

/* Copies the coded bits, up to the next marker that is not one of theirs. */
static void copy_bits(Jpeg *jpeg) {
        const uint8_t *begin = jpeg->p;

        while (jpeg->end - jpeg->p >= 2) {
                if (jpeg->p[0] != 0xff)
                        jpeg->p++;
                else if (jpeg->p[1] == 0 || (jpeg->p[1] >= RST0 && jpeg->p[1] <= RST7))
                        jpeg->p += 2;
                else
                        break;
        }
        put(jpeg, begin, (size_t) (jpeg->p - begin));
}

/* --- the picture --------------------------------------------------------------------------------
 */

/* A marker may have more than one 0xff before it. */
static bool take_marker(Jpeg *jpeg, uint8_t *ret) {
        if (jpeg->p == jpeg->end || *jpeg->p != 0xff)
                return false;
        while (jpeg->p < jpeg->end && *jpeg->p == 0xff)
                jpeg->p++;
        if (jpeg->p == jpeg->end)
                return false;
        *ret = *jpeg->p++;
        return true;
}

static bool take_length(Jpeg *jpeg, Segment *ret) {
        size_t left = (size_t) (jpeg->end - jpeg->p), size;

        if (left < 2)
                return false;
        size = number(jpeg->p);
        if (size < 2 || size > left)
                return false;
        *ret = (Segment) { jpeg->p + 2, size - 2 };
        jpeg->p += size;
        return true;
}

static bool take_segment(Jpeg *jpeg, uint8_t marker) {
        Segment segment;
        bool is_good;

        if (!take_length(jpeg, &segment))
                return false;
        if ((marker >= APP0 && marker <= APP15) || marker == COM) {
                take_of_programs(jpeg, marker, segment);
                return true;
        }
        if (marker == SOF0 || marker == SOF1 || marker == SOF2)
                is_good = take_frame(jpeg, marker, segment);
        else if (marker == DQT)
                is_good = tables_of_quants_are_good(segment);
        else if (marker == DHT)
                is_good = tables_of_codes_are_good(segment);
        else if (marker == DRI)
                is_good = segment.size == 2;
        else
                is_good = marker == SOS && take_scan(jpeg, segment);
        if (!is_good)
                return false;
        put_segment(jpeg, marker, segment);
        if (marker == SOS)
                copy_bits(jpeg);
        return true;
}

static bool clean(Jpeg *jpeg) {
        static const uint8_t begin[] = { 0xff, SOI }, end[] = { 0xff, EOI };
        uint8_t marker;

        if (jpeg->end - jpeg->p < 2 || memcmp(jpeg->p, begin, sizeof(begin)) != 0)
                return false;
        jpeg->p += sizeof(begin);
        put(jpeg, begin, sizeof(begin));
        while (take_marker(jpeg, &marker)) {
                if (marker == EOI) {
                        put(jpeg, end, sizeof(end));
                        return jpeg->n_scans > 0;
                }
                if (!take_segment(jpeg, marker))
                        return false;
        }
        return false;
}

int jpeg_clean(
        const uint8_t *data, size_t size, unsigned side_max, uint8_t **ret, size_t *ret_size) {
        _cleanup_free_ uint8_t *out = malloc(size + 1);
        Jpeg jpeg = { .p = data, .end = data + size, .out = out, .side_max = side_max };

        if (!out)
                return -ENOMEM;
        if (size == 0 || !clean(&jpeg))
                return -EBADMSG;
        *ret = TAKE_PTR(out);
        *ret_size = jpeg.size;
        return 0;
}
