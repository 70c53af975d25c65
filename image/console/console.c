/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * warren-console: the status screen on a terminal, with a menu. Whoever stands at the console owns
 * the box; there is no shell all the same. What the menu does is done by the image's scripts.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>

#include "hub/base/cleanup.h"
#include "hub/base/text.h"
#include "image/console/keys.h"
#include "image/console/status.h"

#define SCRIPTS "/usr/lib/warren/image/"

enum { REFRESH_MS = 10000, LINE_SIZE = 200, ANSWER_MAX = 1 << 20 };

/* ---- the terminal ---- */

static struct termios saved;

/* Keys one by one while the menu is shown; whole lines while a question is asked. */
static void set_keys(bool one_by_one)
{
    struct termios wanted = saved;

    wanted.c_lflag |= ICANON | ECHO;
    wanted.c_lflag &= ~(tcflag_t)ISIG;
    if (one_by_one)
        wanted.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &wanted);
}

static unsigned screen_width(void)
{
    struct winsize size = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col < 40)
        return 80; /* a serial line tells nothing */
    return size.ws_col;
}

/* false: no answer. */
static bool ask(const char *question, char ret_line[static LINE_SIZE])
{
    printf("\n%s: ", question);
    fflush(stdout);
    set_keys(false);
    bool answered = fgets(ret_line, LINE_SIZE, stdin);
    set_keys(true);
    if (!answered) {
        clearerr(stdin); /* the key that ends a file is no answer, and the next question has one */
        return false;
    }
    ret_line[strcspn(ret_line, "\r\n")] = 0;
    return ret_line[0];
}

static void wait_for_key(void)
{
    char key;

    printf("\nPress a key.");
    fflush(stdout);
    /* What was typed while something was done is no answer to it. */
    (void)tcflush(STDIN_FILENO, TCIFLUSH);
    (void)!read(STDIN_FILENO, &key, 1);
}

/* ---- what is shown ---- */

static char *run_and_read(const char *command)
{
    struct buf text = {0};
    char part[4096];
    size_t got;

    FILE *pipe = popen(command, "re");
    if (!pipe)
        return NULL;
    while ((got = fread(part, 1, sizeof(part), pipe)) > 0 && text.length < ANSWER_MAX)
        buf_add(&text, part, got);
    int status = pclose(pipe);
    if (status == 0 && text.length > 0)
        return buf_take(&text);
    buf_done(&text);
    return NULL;
}

static void add_addresses(struct buf *screen)
{
    struct ifaddrs *list = NULL;
    char text[INET6_ADDRSTRLEN];
    bool any = false;

    if (getifaddrs(&list) < 0)
        return;
    for (struct ifaddrs *one = list; one; one = one->ifa_next) {
        if (!one->ifa_addr || one->ifa_flags & IFF_LOOPBACK || strncmp(one->ifa_name, "wr", 2) == 0)
            continue;
        const void *address =
            one->ifa_addr->sa_family == AF_INET
                ? (const void *)&((struct sockaddr_in *)(void *)one->ifa_addr)->sin_addr
            : one->ifa_addr->sa_family == AF_INET6
                ? (const void *)&((struct sockaddr_in6 *)(void *)one->ifa_addr)->sin6_addr
                : NULL;
        if (!address || !inet_ntop(one->ifa_addr->sa_family, address, text, sizeof(text)) ||
            text_starts_with(text, "fe80"))
            continue;
        buf_printf(screen, "  %-14s %s (%s)\n", any ? "" : "Addresses", text, one->ifa_name);
        any = true;
    }
    if (!any)
        buf_printf(screen, "  %-14s none yet\n", "Addresses");
    freeifaddrs(list);
}

static void add_problems(struct buf *screen)
{
    FILE *file = fopen("/run/warren-image/problems", "re");
    char line[400];

    if (!file)
        return;
    while (fgets(line, sizeof(line), file)) {
        line[strcspn(line, "\n")] = 0;
        buf_printf(screen, "  PROBLEM        %s\n",
                   text_is_printable(line, NULL) ? line : "(not printable)");
    }
    fclose(file);
}

/* Only what changed is drawn: a serial line is slow, and somebody may keep what it says. */
static void show(bool anew)
{
    static char *shown;
    _cleanup_buf_ struct buf screen = {0};
    _cleanup_free_ char *answer = run_and_read("timeout 10 warren status --json 2>/dev/null");

    status_write(answer, screen_width(), &screen);
    add_addresses(&screen);
    add_problems(&screen);
    if (!anew && shown && text_equal(shown, screen.data))
        return;
    free(shown);
    shown = buf_take(&screen);
    /* Home and clear, which every terminal knows. */
    printf("\033[H\033[2J\n  Warren\n\n%s"
           "\n  n network   a reset admin   f factory reset   r restart   s shut down\n",
           shown);
    fflush(stdout);
}

/* ---- what is done ---- */

static bool start(char *const words[])
{
    pid_t pid = fork();

    if (pid == 0) {
        execv(words[0], words);
        _exit(127);
    }
    int status = 0;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void run(char *const words[])
{
    if (!start(words))
        printf("That did not work.\n");
    wait_for_key();
}

static void wish(const char *name)
{
    run((char *[]){SCRIPTS "wish", (char *)name, NULL});
}

/* Words are handed on as they are, not through a shell. */
static void set_network(void)
{
    char addresses[LINE_SIZE], gateways[LINE_SIZE] = "", servers[LINE_SIZE] = "";

    printf("\nAddresses with the length of their network, separated by commas, as in "
           "203.0.113.7/24.\nThe word dhcp leaves it to the network; nothing changes nothing.\n");
    if (!ask("Addresses", addresses))
        return;
    if (!text_equal(addresses, "dhcp")) {
        (void)ask("Gateways", gateways);
        (void)ask("Name servers", servers);
    }
    run((char *[]){SCRIPTS "set-network", addresses, gateways, servers, NULL});
}

/* Where there is no owner yet, the link to make one is all that it takes. */
static void reset_admin(void)
{
    char name[LINE_SIZE];

    putchar('\n');
    if (!start((char *[]){SCRIPTS "reset-admin", "show", NULL})) {
        wait_for_key();
        return;
    }
    printf("\nSomebody's new password is shown here once; a code is not asked for any more.\n");
    if (ask("Name of the admin who gets one", name))
        run((char *[]){SCRIPTS "reset-admin", name, NULL});
}

static void factory_reset(void)
{
    char line[LINE_SIZE];

    printf("\nEverything on this box is deleted: instances, peers, keys, admins, settings. "
           "It cannot be undone.\n");
    if (ask("Type delete everything to do it", line) && text_equal(line, "delete everything"))
        wish("factory-reset");
}

static void confirm(const char *question, const char *word, const char *what)
{
    char line[LINE_SIZE];

    if (ask(question, line) && text_equal(line, word))
        wish(what);
}

/* false: no such key; the screen is as it was. */
static bool on_key(char key)
{
    switch (key) {
    case 'n':
        set_network();
        return true;
    case 'a':
        reset_admin();
        return true;
    case 'f':
        factory_reset();
        return true;
    case 'r':
        confirm("Type restart to do it", "restart", "restart");
        return true;
    case 's':
        confirm("Type off to do it", "off", "power-off");
        return true;
    case '\n':
        return true; /* whoever has just come to the line wants to see something */
    default:
        return false;
    }
}

int main(void)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    enum keys_state state = KEYS_PLAIN;

    if (tcgetattr(STDIN_FILENO, &saved) < 0)
        return EXIT_FAILURE;
    set_keys(true);
    setvbuf(stdin, NULL, _IONBF, 0);
    show(true);
    for (;;) {
        int r;
        char byte;
        while ((r = poll(&keys, 1, REFRESH_MS)) == 0) {
            state = KEYS_PLAIN;
            show(false);
        }
        /* A line that was hung up: the service is started again. */
        if (r < 0 || read(STDIN_FILENO, &byte, 1) != 1)
            return EXIT_FAILURE;
        if (on_key(keys_take(&state, byte)))
            show(true);
    }
}
