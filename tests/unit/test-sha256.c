/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/sha256.h"

static void assert_sum(const char *data, size_t size, const char *expected) {
        char sum[SHA256_TEXT_MAX];

        sha256_text(data, size, sum);
        cr_assert_str_eq(sum, expected);
}

/* From FIPS 180-4's examples. */
Test(sha256, known_sums) {
        assert_sum("", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_sum("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_sum(
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

/* Around the places where the padding needs one more block; by sha256sum(1). */
Test(sha256, every_length_around_a_block) {
        static const struct {
                size_t size;
                const char *sum;
        } cases[] = {
                { 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
                { 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
                { 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
                { 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
                { 65, "635361c48bb9eab14198e76ea8ab7f1a41685d6ad62aa9146d301d4f17eb0ae0" },
                { 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
                { 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" },
                { 128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e" },
                { 1000, "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3" },
        };
        char data[1000];

        memset(data, 'a', sizeof(data));
        for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
                assert_sum(data, cases[i].size, cases[i].sum);
}

/* Two ways: the file's by instructions, where the processor has them, the other one by libmd. */
Test(sha256, of_a_file_as_of_its_data) {
        static const size_t sizes[] = { 0,   1,    55,     63,     64,     65,    127,
                                        128, 1000, 262143, 262144, 262145, 600000 };
        static uint8_t data[600000];

        for (size_t i = 0; i < sizeof(data); i++)
                data[i] = (uint8_t) (i * 2654435761U >> 24);
        for (size_t i = 0; i < ELEMENTSOF(sizes); i++) {
                char expected[SHA256_TEXT_MAX], sum[SHA256_TEXT_MAX];
                int fd = memfd_create("data", MFD_CLOEXEC);

                cr_assert_eq(write(fd, data, sizes[i]), (ssize_t) sizes[i]);
                cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
                cr_assert_eq(sha256_of_file(fd, sum), 0);
                sha256_text(data, sizes[i], expected);
                cr_assert_str_eq(sum, expected, "%zu bytes", sizes[i]);
                (void) close(fd);
        }
        cr_assert_eq(sha256_of_parts(-1, (char[SHA256_TEXT_MAX]) {}), -EBADF);
        cr_assert_eq(sha256_of_file(-1, (char[SHA256_TEXT_MAX]) {}), -EBADF);
}
