/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "spec/password.h"

#include <crypt.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "base/text.h"
#include "base/utf8.h"

#define METHOD "$y$"

/* Dummy hash for unknown users, with the cost of password_hash(), so that timing does not reveal
 * which users exist. */
#define DUMMY_HASH "$y$j9T$KtFMxdZ4PgN8oRSuhwohe/$5bfywKmHatFzeI2Rg499uhOKmAwI.hpFZ7neIK7663/"

const char *password_complaint(const char *password) {
        size_t size = strlen(password), length = 0;

        if (!utf8_is_printable(password))
                return N_("The password must be UTF-8 text without control characters");
        for (size_t i = 0; i < size; i++)
                length += ((unsigned char) password[i] & 0xc0) != 0x80;
        if (length < PASSWORD_LENGTH_MIN)
                return N_("The password must have at least 10 characters");
        if (length > PASSWORD_LENGTH_MAX || size > PASSWORD_SIZE_MAX)
                return N_("The password must have at most 128 characters and 511 bytes");
        return NULL;
}

char *password_free(char *password) {
        if (password)
                explicit_bzero(password, strlen(password));
        free(password);
        return NULL;
}

/* crypt_ra() with its work area wiped. */
static int make_hash(const char *password, const char *setting, char **ret) {
        void *data = NULL;
        char *copy = NULL;
        int size = 0, r = 0;

        errno = 0;
        const char *hash = crypt_ra(password, setting, &data, &size);

        if (!hash)
                r = errno > 0 ? -errno : -EINVAL;
        else {
                copy = strdup(hash);
                if (!copy)
                        r = -ENOMEM;
        }
        if (data && size > 0)
                explicit_bzero(data, (size_t) size);
        free(data);
        if (r < 0)
                return r;

        *ret = copy;
        return 0;
}

int password_hash(const char *password, char **ret) {
        _cleanup_free_ char *setting = NULL;

        errno = 0;
        setting = crypt_gensalt_ra(METHOD, 0, NULL, 0);
        if (!setting)
                return errno > 0 ? -errno : -EINVAL;
        return make_hash(password, setting, ret);
}

/* Takes as long wherever they differ. */
static bool is_equal(const char *a, const char *b) {
        size_t length = strlen(a);
        unsigned difference = 0;

        if (strlen(b) != length)
                return false;
        for (size_t i = 0; i < length; i++)
                difference |= (unsigned char) a[i] ^ (unsigned char) b[i];
        return difference == 0;
}

int password_verify(const char *password, const char *hash) {
        _cleanup_(password_freep) char *computed = NULL;
        const char *wanted = hash ? hash : DUMMY_HASH;
        int r;

        /* A text that can't be a password never matches, but must take as long as one. */
        if (strlen(password) > PASSWORD_SIZE_MAX) {
                password = "";
                hash = NULL;
        }
        r = make_hash(password, wanted, &computed);
        if (r < 0)
                return r;
        return is_equal(computed, wanted) && hash ? 1 : 0;
}

int password_generate(char **ret) {
        /* 32 of them, without those that look alike. */
        static const char alphabet[] = "abcdefghijkmnpqrstuvwxyz23456789";
        enum { GROUPS = 4, GROUP_LENGTH = 5 };
        uint8_t random[GROUPS * GROUP_LENGTH];
        char *text = calloc(GROUPS, GROUP_LENGTH + 1), *p = text;

        if (!text)
                return -ENOMEM;
        if (getrandom(random, sizeof(random), 0) != sizeof(random)) {
                free(text);
                return -EIO;
        }

        for (size_t i = 0; i < sizeof(random); i++) {
                if (i > 0 && i % GROUP_LENGTH == 0)
                        *p++ = '-';
                *p++ = alphabet[random[i] % (sizeof(alphabet) - 1)];
        }
        explicit_bzero(random, sizeof(random));

        *ret = text;
        return 0;
}
