/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * Clients that watch a log, for benchmarks and suites. Lines are "… line N" or "… line N of COUNT",
 * counted from 1, and may end with "at SECONDS.MICROSECONDS", the time they were written.
 *
 * Usage: log-clients stdin COUNT                      lines come on standard input
 *        log-clients http PATH VIEWERS COUNT JAR…     lines come as events to many browsers
 *        log-clients again PATH VIEWERS COUNT JAR…    … that come back, as browsers do, when the
 *                                                     stream ends
 *
 * Ends when every client has COUNT lines, or none got one for 20 seconds. Prints "KEY VALUE" lines:
 * clients, how many of them got all, ended early, saw a line twice or missed one, and how late
 * lines came (µs; nothing when they don't tell). JAR is a file of cookies as curl writes it;
 * clients take them in turn. Once all have their first event, "ready" is printed to standard error.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 8080, LINE_MAX_SIZE = 16384, SILENCE_MSEC = 20000, LATENCIES_MAX = 4 << 20 };

typedef struct Client {
        int fd;
        enum { HEAD, SIZE, DATA, END } state; /* of the answer, which comes in chunks */
        size_t chunk;                         /* what is left of it */
        unsigned newlines;                    /* at the end of the head, or of a chunk */
        char line[LINE_MAX_SIZE];
        size_t length;
        char id[256]; /* of the last event */
        const char *jar;
        uint64_t next; /* line that must follow */
        bool has_begun, has_missed, has_doubled, is_over;
} Client;

static Client *clients;
static const char *path;
static int epoll;
static bool comes_back;
static size_t n_clients, n_begun, n_complete, n_over;
static uint64_t count;
static uint32_t *latencies;
static size_t n_latencies;
static uint64_t last_line; /* when any client got one */

static void die(const char *what) {
        perror(what);
        exit(1);
}

static uint64_t now_usec(void) {
        struct timespec ts;

        (void) clock_gettime(CLOCK_REALTIME, &ts);
        return (uint64_t) ts.tv_sec * 1000000 + (uint64_t) ts.tv_nsec / 1000;
}

static void take_latency(const char *text) {
        const char *at = strstr(text, " at ");
        unsigned long long seconds, usec;
        uint64_t now = now_usec(), then;

        if (!at || sscanf(at, " at %llu.%6llu", &seconds, &usec) != 2)
                return;
        then = seconds * 1000000 + usec;
        if (now >= then && n_latencies < LATENCIES_MAX)
                latencies[n_latencies++] = (uint32_t) (now - then);
}

static void take_line(Client *c, const char *text) {
        const char *number = strstr(text, "line ");
        uint64_t n;
        char *end;

        if (!number || (n = strtoull(number + 5, &end, 10)) == 0)
                return;
        /* A line of an earlier series. */
        if (strncmp(end, " of ", 4) == 0 && strtoull(end + 4, NULL, 10) != count)
                return;
        if (n < c->next) {
                c->has_doubled = true;
                return;
        }
        last_line = now_usec();
        c->has_missed |= n > c->next;
        c->next = n + 1;
        take_latency(number);
        if (n == count)
                n_complete++;
}

static void begin(Client *c) {
        if (c->has_begun)
                return;
        c->has_begun = true;
        if (++n_begun == n_clients)
                (void) fputs("ready\n", stderr);
}

static void end_line(Client *c) {
        c->line[c->length] = '\0';
        c->length = 0;
        if (strncmp(c->line, "id: ", 4) == 0)
                (void) snprintf(c->id, sizeof(c->id), "%.255s", c->line + 4);
        if (strncmp(c->line, "data: ", 6) != 0)
                return;
        begin(c);
        if (strstr(c->line, "\"text\":\""))
                take_line(c, strstr(c->line, "\"text\":\""));
}

static void take_text(Client *c, const char *text, size_t size) {
        for (size_t i = 0; i < size; i++)
                if (text[i] == '\n')
                        end_line(c);
                else if (c->length + 1 < LINE_MAX_SIZE)
                        c->line[c->length++] = text[i];
}

/* One byte of what frames the text. */
static void take_frame(Client *c, char byte) {
        if (c->state == HEAD) {
                c->newlines = byte == '\n' ? c->newlines + 1 : byte == '\r' ? c->newlines : 0;
                if (c->newlines == 2) {
                        c->state = SIZE;
                        c->newlines = 1;
                }
        } else if (byte == '\n' && c->newlines == 0) {
                c->newlines = 1; /* the end of the last chunk; its size follows */
        } else if (byte == '\n') {
                c->state = c->chunk > 0 ? DATA : END;
                c->newlines = 0;
        } else if (byte != '\r')
                c->chunk = c->chunk * 16 + strtoul((char[]) { byte, '\0' }, NULL, 16);
}

static void take_bytes(Client *c, const char *bytes, size_t size) {
        while (size > 0 && c->state != END) {
                size_t n = c->chunk < size ? c->chunk : size;

                if (c->state != DATA) {
                        take_frame(c, *bytes++);
                        size--;
                        continue;
                }
                take_text(c, bytes, n);
                bytes += n;
                size -= n;
                c->chunk -= n;
                if (c->chunk == 0)
                        c->state = SIZE;
        }
}

/* --- as browsers --------------------------------------------------------------------------------
 */

static void read_jar(const char *jar, char *cookie, size_t size) {
        char line[1024], name[256], value[512];
        FILE *f = fopen(jar, "r");

        if (!f)
                die(jar);
        cookie[0] = '\0';
        while (fgets(line, sizeof(line), f))
                if (sscanf(line, "%*s %*s %*s %*s %*s %255s %511s", name, value) == 2 &&
                    (line[0] != '#' || strncmp(line, "#HttpOnly_", 10) == 0))
                        (void) snprintf(
                                cookie + strlen(cookie), size - strlen(cookie), "%s%s=%s",
                                cookie[0] ? "; " : "", name, value);
        (void) fclose(f);
}

static void connect_client(Client *c) {
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
        char cookie[1024], request[2048];
        int n;

        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                die("connect");
        read_jar(c->jar, cookie, sizeof(cookie));
        n = snprintf(
                request, sizeof(request),
                "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nCookie: %s\r\n%s%s%s\r\n", path, PORT,
                cookie, c->id[0] ? "Last-Event-ID: " : "", c->id, c->id[0] ? "\r\n" : "");
        if (write(c->fd, request, (size_t) n) != n)
                die("write");
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) < 0)
                die("epoll_ctl");
}

static void read_client(Client *c) {
        static char buffer[64 * 1024];
        ssize_t n = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n > 0) {
                take_bytes(c, buffer, (size_t) n);
                return;
        }
        (void) close(c->fd);
        if (comes_back) {
                c->state = HEAD;
                c->chunk = c->length = c->newlines = 0;
                connect_client(c);
                return;
        }
        c->is_over = true;
        n_over++;
}

static void run_http(char **jars, size_t n_jars) {
        epoll = epoll_create1(EPOLL_CLOEXEC);
        if (epoll < 0)
                die("epoll_create1");
        last_line = now_usec();
        for (size_t i = 0; i < n_clients; i++) {
                clients[i].jar = jars[i % n_jars];
                connect_client(&clients[i]);
        }

        while (n_complete + n_over < n_clients) {
                struct epoll_event events[256];
                int n = epoll_wait(epoll, events, 256, SILENCE_MSEC);

                if (n < 0 && errno != EINTR)
                        die("epoll_wait");
                /* Comments come also without lines. */
                if (n == 0 || now_usec() - last_line > SILENCE_MSEC * UINT64_C(1000))
                        break;
                for (int i = 0; i < n; i++)
                        read_client(events[i].data.ptr);
        }
}

/* --- on standard input --------------------------------------------------------------------------
 */

static void run_stdin(void) {
        char line[LINE_MAX_SIZE];

        while (n_complete == 0 && fgets(line, sizeof(line), stdin)) {
                begin(&clients[0]);
                take_line(&clients[0], line);
        }
}

/* ------------------------------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b) {
        uint32_t x = *(const uint32_t *) a, y = *(const uint32_t *) b;

        return x < y ? -1 : x > y;
}

static int report(void) {
        size_t n_missed = 0, n_doubled = 0;

        for (size_t i = 0; i < n_clients; i++) {
                n_missed += clients[i].has_missed;
                n_doubled += clients[i].has_doubled;
        }
        printf("clients %zu\ncomplete %zu\nended %zu\nmissed %zu\ndoubled %zu\n", n_clients,
               n_complete, n_over, n_missed, n_doubled);
        if (n_latencies > 0) {
                qsort(latencies, n_latencies, sizeof(*latencies), compare);
                printf("latencies %zu\nmedian %" PRIu32 "\np90 %" PRIu32 "\np99 %" PRIu32
                       "\nmax %" PRIu32 "\n",
                       n_latencies, latencies[n_latencies / 2], latencies[n_latencies * 9 / 10],
                       latencies[n_latencies * 99 / 100], latencies[n_latencies - 1]);
        }
        return n_complete == n_clients && n_missed == 0 && n_doubled == 0 ? 0 : 1;
}

int main(int argc, char *argv[]) {
        bool is_http;

        comes_back = argc >= 6 && strcmp(argv[1], "again") == 0;
        is_http = comes_back || (argc >= 6 && strcmp(argv[1], "http") == 0);
        if (!is_http && !(argc == 3 && strcmp(argv[1], "stdin") == 0)) {
                (void) fputs(
                        "Usage: log-clients stdin COUNT | http|again PATH VIEWERS COUNT JAR…\n",
                        stderr);
                return 2;
        }
        n_clients = is_http ? strtoul(argv[3], NULL, 10) : 1;
        count = strtoull(argv[is_http ? 4 : 2], NULL, 10);
        clients = calloc(n_clients, sizeof(*clients));
        latencies = calloc(LATENCIES_MAX, sizeof(*latencies));
        if (!clients || !latencies)
                die("calloc");
        for (size_t i = 0; i < n_clients; i++)
                clients[i].next = 1;

        if (is_http) {
                path = argv[2];
                run_http(argv + 5, (size_t) argc - 5);
        } else
                run_stdin();
        return report();
}
