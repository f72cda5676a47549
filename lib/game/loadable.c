/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/loadable.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/array.h"
#include "base/file.h"
#include "game/elf-needs.h"

enum { PROVIDERS_MAX = 512 };

typedef struct Machine {
        uint8_t elf_class;
        uint16_t number;
        const char *name;
        const char *directories[5]; /* of the host, in the loader's order */
} Machine;

static const Machine machines[] = {
        { ELFCLASS32,
          EM_386,
          "i386",
          { "usr/local/lib/i386-linux-gnu", "usr/lib/i386-linux-gnu", "usr/lib32", "usr/local/lib",
            "usr/lib" } },
        { ELFCLASS64,
          EM_X86_64,
          "x86-64",
          { "usr/local/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/lib64",
            "usr/local/lib", "usr/lib" } },
};

/* A library that files ask for. */
typedef struct Provider {
        char *name;
        bool is_found;
        ElfNeeds *needs; /* NULL: found, and not read */
} Provider;

struct LoadHost {
        const Machine *machine;
        int *trees;
        size_t n_trees;
        char *root;
        bool has_libc;
        Provider *providers;
        size_t n_providers;
};

/* --- libraries -------------------------------------------------------------------------------- */

static bool is_for(const Machine *machine, const ElfNeeds *needs) {
        return !needs->is_foreign && needs->elf_class == machine->elf_class &&
               needs->machine == machine->number;
}

/* Takes over the descriptor. */
static int read_needs(int fd, ElfNeeds **ret) {
        _cleanup_close_ int owned = fd;
        ByteSource source;
        int r = byte_source_of_file(owned, &source);

        return r < 0 ? r : elf_needs_read(&source, ret);
}

/* 1 when the file is such a library. As the loader, it passes over files for other machines. */
static int try_library(const LoadHost *host, int fd, Provider *provider) {
        _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
        int r;

        if (fd < 0)
                return 0;
        r = read_needs(fd, &needs);
        if (r < 0)
                return r == -ENOMEM ? r : 0;
        if (!is_for(host->machine, needs))
                return 0;
        provider->is_found = true;
        provider->needs = TAKE_PTR(needs);
        return 1;
}

static int look_in_trees(const LoadHost *host, Provider *provider) {
        char path[NAME_MAX + sizeof("bin/")];
        int r = 0;

        (void) snprintf(path, sizeof(path), "bin/%s", provider->name);
        for (size_t i = 0; i < host->n_trees && r == 0; i++) {
                const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;

                r = try_library(host, open_beneath(host->trees[i], path, flags), provider);
                if (r == 0)
                        r = try_library(
                                host, open_beneath(host->trees[i], provider->name, flags),
                                provider);
        }
        return r;
}

/* The host's directories are root's, and full of links. */
static int look_on_host(const LoadHost *host, Provider *provider) {
        int r = 0;

        for (size_t i = 0; i < ELEMENTSOF(host->machine->directories) && r == 0; i++) {
                _cleanup_free_ char *path = NULL;

                if (asprintf(
                            &path, "%s/%s/%s", host->root, host->machine->directories[i],
                            provider->name) < 0)
                        return -ENOMEM;
                r = try_library(
                        host, open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), provider);
        }
        return r;
}

/* A name with a slash is a path, which we don't judge. */
static int find_provider(LoadHost *host, const char *name, const Provider **ret) {
        Provider *grown, *provider;
        int r = 0;

        for (size_t i = 0; i < host->n_providers; i++)
                if (strcmp(host->providers[i].name, name) == 0) {
                        *ret = &host->providers[i];
                        return 0;
                }
        if (host->n_providers == PROVIDERS_MAX)
                return -E2BIG;
        grown = array_for_one_more(host->providers, host->n_providers, sizeof(*grown));
        if (!grown)
                return -ENOMEM;
        host->providers = grown;
        provider = &grown[host->n_providers];
        *provider = (Provider) { .name = strdup(name), .is_found = strchr(name, '/') };
        if (!provider->name)
                return -ENOMEM;
        host->n_providers++;
        if (!provider->is_found)
                r = look_in_trees(host, provider);
        if (r == 0 && !provider->is_found)
                r = look_on_host(host, provider);
        *ret = provider;
        return r < 0 ? r : 0;
}

/* --- the host --------------------------------------------------------------------------------- */

static const Machine *machine_of(const ElfNeeds *needs) {
        for (size_t i = 0; i < ELEMENTSOF(machines); i++)
                if (is_for(&machines[i], needs))
                        return &machines[i];
        return NULL;
}

static int find_machine(LoadHost *host) {
        host->machine = &machines[0];
        for (size_t i = 0; i < host->n_trees; i++) {
                _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
                const Machine *machine;
                int fd, r;

                fd = open_beneath(
                        host->trees[i], LOADABLE_PROGRAM, O_RDONLY | O_NONBLOCK | O_NOCTTY);
                r = fd < 0 ? fd : read_needs(fd, &needs);
                if (r == -ENOMEM)
                        return r;
                machine = r < 0 ? NULL : machine_of(needs);
                if (machine) {
                        host->machine = machine;
                        return 0;
                }
        }
        return 0;
}

int load_host_new(const int *trees, size_t n_trees, const char *root, LoadHost **ret) {
        _cleanup_(load_host_freep) LoadHost *host = calloc(1, sizeof(LoadHost));
        const Provider *libc;
        int r;

        if (!host)
                return -ENOMEM;
        host->root = strdup(root);
        host->trees = calloc(n_trees + 1, sizeof(int));
        if (!host->root || !host->trees)
                return -ENOMEM;
        for (; host->n_trees < n_trees; host->n_trees++)
                host->trees[host->n_trees] = trees[host->n_trees];
        r = find_machine(host);
        if (r >= 0)
                r = find_provider(host, "libc.so.6", &libc);
        if (r < 0)
                return r;

        host->has_libc = libc->is_found;
        *ret = TAKE_PTR(host);
        return 0;
}

const char *load_host_machine(const LoadHost *host) {
        return host->machine->name;
}

LoadHost *load_host_free(LoadHost *host) {
        if (!host)
                return NULL;
        for (size_t i = 0; i < host->n_providers; i++) {
                free(host->providers[i].name);
                elf_needs_free(host->providers[i].needs);
        }
        free(host->providers);
        free(host->trees);
        free(host->root);
        free(host);
        return NULL;
}

/* --- one file --------------------------------------------------------------------------------- */

static int set_text(char **field, const char *text) {
        *field = strdup(text);
        return *field ? 0 : -ENOMEM;
}

static int check_machine(const LoadHost *host, const ElfNeeds *needs, LoadProblem *problem) {
        const Machine *machine = machine_of(needs);
        char number[32];
        int r;

        if (machine == host->machine)
                return 0;
        problem->fault = LOAD_WRONG_MACHINE;
        if (machine)
                r = set_text(&problem->subject, machine->name);
        else {
                (void) snprintf(number, sizeof(number), "elf-machine-%u", needs->machine);
                r = set_text(&problem->subject, number);
        }
        return r < 0 ? r : 1;
}

/* A library beside the file is found when the file says so, or when the server has loaded it
 * already: we can't tell, and accept it. */
static bool is_beside(int dir_fd, const char *path, const char *library) {
        const char *slash = strrchr(path, '/');
        _cleanup_free_ char *other = NULL;
        _cleanup_close_ int fd = -EBADF;

        if (asprintf(&other, "%.*s%s", slash ? (int) (slash + 1 - path) : 0, path, library) < 0) {
                other = NULL;
                return false;
        }
        fd = open_beneath(dir_fd, other, O_PATH);
        return fd >= 0;
}

static int check_libraries(
        LoadHost *host, const ElfNeeds *needs, int dir_fd, LoadProblem *problem) {
        for (size_t i = 0; i < needs->n_libraries; i++) {
                const Provider *provider;
                int r = find_provider(host, needs->libraries[i], &provider);

                if (r < 0)
                        return r;
                if (provider->is_found || is_beside(dir_fd, problem->path, needs->libraries[i]))
                        continue;
                problem->fault = LOAD_NO_LIBRARY;
                r = set_text(&problem->subject, needs->libraries[i]);
                return r < 0 ? r : 1;
        }
        return 0;
}

static int note_version(const ElfVersion *version, const ElfNeeds *library, LoadProblem *problem) {
        char prefix[64];
        size_t n = strcspn(version->name, "_") + 1;
        const char *newest;
        int r;

        problem->fault = LOAD_NO_VERSION;
        r = set_text(&problem->subject, version->name);
        if (r >= 0)
                r = set_text(&problem->provider, version->library);
        if (r < 0 || n >= sizeof(prefix))
                return r < 0 ? r : 1;
        (void) snprintf(prefix, sizeof(prefix), "%.*s", (int) n, version->name);
        newest = elf_defines_highest(library, prefix);
        if (newest)
                r = set_text(&problem->newest, newest);
        return r < 0 ? r : 1;
}

/* As the loader: a library that defines no versions at all is accepted. */
static int check_versions(LoadHost *host, const ElfNeeds *needs, LoadProblem *problem) {
        for (size_t i = 0; i < needs->n_versions; i++) {
                const ElfVersion *version = &needs->versions[i];
                const Provider *provider;
                int r = find_provider(host, version->library, &provider);

                if (r < 0)
                        return r;
                if (version->is_weak || !provider->needs || provider->needs->n_defined == 0 ||
                    elf_defines(provider->needs, version->name))
                        continue;
                return note_version(version, provider->needs, problem);
        }
        return 0;
}

static int check_needs(LoadHost *host, const ElfNeeds *needs, int dir_fd, LoadProblem *problem) {
        int r;

        r = check_machine(host, needs, problem);
        if (r != 0 || !host->has_libc)
                return r;
        r = check_versions(host, needs, problem);
        return r != 0 ? r : check_libraries(host, needs, dir_fd, problem);
}

/* 1: the error is the file's own. */
static int note_error(int error, LoadProblem *problem) {
        switch (error) {
        case -ENOEXEC:
                problem->fault = LOAD_NOT_ELF;
                return 1;
        case -EBADMSG:
                problem->fault = LOAD_DAMAGED;
                return 1;
        case -ELOOP:
        case -EBADFD:
        case -EACCES:
                problem->fault = LOAD_UNREADABLE;
                return 1;
        default:
                return error;
        }
}

int load_host_check(LoadHost *host, int dir_fd, const char *path, LoadProblem *ret) {
        _cleanup_(elf_needs_freep) ElfNeeds *needs = NULL;
        LoadProblem problem = {};
        int fd, r;

        fd = open_beneath(dir_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        r = fd < 0 ? fd : read_needs(fd, &needs);
        if (r < 0)
                r = note_error(r, &problem);
        if (r >= 0 && set_text(&problem.path, path) < 0)
                r = -ENOMEM;
        if (needs && r >= 0)
                r = check_needs(host, needs, dir_fd, &problem);
        if (r <= 0) {
                load_problem_done(&problem);
                return r;
        }

        *ret = problem;
        return 1;
}

/* --- a game ----------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end) {
        size_t n = strlen(text), more = strlen(end);

        return n >= more && strcmp(text + n - more, end) == 0;
}

/* NAME.so, NAME.so.6 */
static bool is_library_name(const char *name) {
        return ends_with(name, ".so") || strstr(name, ".so.");
}

static bool is_script(int game_fd, const char *path) {
        _cleanup_close_ int fd = open_beneath(game_fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
        char start[2];

        return fd >= 0 && pread(fd, start, sizeof(start), 0) == sizeof(start) && start[0] == '#' &&
               start[1] == '!';
}

static bool stops_game(const LoadProblem *problem) {
        return problem->fault != LOAD_NO_LIBRARY || strcmp(problem->path, LOADABLE_PROGRAM) == 0 ||
               ends_with(problem->path, "_srv.so");
}

/* Takes the problem over. */
static int add_problem(LoadProblems *problems, LoadProblem *problem) {
        LoadProblem *grown = array_for_one_more(problems->items, problems->n_items, sizeof(*grown));

        if (!grown) {
                load_problem_done(problem);
                return -ENOMEM;
        }
        problem->stops_game = stops_game(problem);
        problems->stops_game |= problem->stops_game;
        problems->items = grown;
        grown[problems->n_items++] = *problem;
        return 0;
}

static int check_file(LoadHost *host, int game_fd, const char *path, LoadProblems *problems) {
        LoadProblem problem;
        int r = load_host_check(host, game_fd, path, &problem);

        problems->n_checked++;
        return r > 0 ? add_problem(problems, &problem) : r;
}

static int check_program(LoadHost *host, int game_fd, LoadProblems *problems) {
        LoadProblem problem = { .fault = LOAD_MISSING };
        int r;

        if (is_script(game_fd, LOADABLE_PROGRAM))
                return 0;
        r = check_file(host, game_fd, LOADABLE_PROGRAM, problems);
        if (r != -ENOENT)
                return r;
        r = set_text(&problem.path, LOADABLE_PROGRAM);
        return r < 0 ? r : add_problem(problems, &problem);
}

/* A link is passed over: its target is another of these files, or none. */
static int check_directory(LoadHost *host, int game_fd, const char *path, LoadProblems *problems) {
        _cleanup_close_ int fd = open_beneath(game_fd, path, O_RDONLY | O_DIRECTORY);
        _cleanup_(closedirp) DIR *dir = NULL;
        const struct dirent *entry;
        int r;

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        dir = open_listing(fd);
        if (!dir)
                return -errno;
        while ((r = next_entry(dir, &entry)) > 0) {
                char file[PATH_MAX];

                if (entry->d_type == DT_LNK || entry->d_type == DT_DIR ||
                    !is_library_name(entry->d_name))
                        continue;
                (void) snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
                r = check_file(host, game_fd, file, problems);
                if (r < 0)
                        return r;
        }
        return r;
}

int loadable_check_game(int game_fd, const char *root, LoadProblems *ret) {
        _cleanup_(load_host_freep) LoadHost *host = NULL;
        int r;

        *ret = (LoadProblems) {};
        r = load_host_new(&game_fd, 1, root, &host);
        if (r < 0)
                return r;
        ret->machine = load_host_machine(host);
        r = check_program(host, game_fd, ret);
        if (r >= 0)
                r = check_directory(host, game_fd, "bin", ret);
        return r < 0 ? r : check_directory(host, game_fd, "left4dead2/bin", ret);
}

void load_problems_done(LoadProblems *problems) {
        for (size_t i = 0; i < problems->n_items; i++)
                load_problem_done(&problems->items[i]);
        free(problems->items);
        *problems = (LoadProblems) {};
}
