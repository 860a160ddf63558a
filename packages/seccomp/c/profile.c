// Reads a profile into a libseccomp filter. The lines, in this order:
//
//   default ACTION
//   unknown-fail
//   arch x86_64 | x86 | x32
//   name SYSCALL
//   rule ACTION SYSCALL [INDEX OPERATOR VALUE VALUE]...
//
// ACTION is a keyword, with `:NUMBER` for errno and trace. `name` lists a system call without a rule, because its
// action is the default. A system call that libseccomp does not know is skipped: no program in the guest can
// call it by name either.
#include "profile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

enum { MAX_ARGUMENTS = 6, LINE_SIZE = 4096 };

static const struct {
    const char *name;
    uint32_t token;
} architectures[] = {
    {"x86_64", SCMP_ARCH_X86_64},
    {"x86", SCMP_ARCH_X86},
    {"x32", SCMP_ARCH_X32},
};

static const struct {
    const char *name;
    enum scmp_compare operator;
} operators[] = {
    {"NE", SCMP_CMP_NE}, {"LT", SCMP_CMP_LT}, {"LE", SCMP_CMP_LE},        {"EQ", SCMP_CMP_EQ},
    {"GE", SCMP_CMP_GE}, {"GT", SCMP_CMP_GT}, {"MASKED_EQ", SCMP_CMP_MASKED_EQ},
};

static char *next_word(char **rest, const char *what) {
    char *word;
    while ((word = strsep(rest, " ")) && !*word) {
    }
    if (!word)
        fail("%s is missing at the end of a line", what);
    return word;
}

static uint64_t number(const char *word, uint64_t most) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(word, &end, 10);
    if (errno || !*word || *end || value > most)
        fail("\"%s\" is not a number up to %llu", word, (unsigned long long)most);
    return value;
}

static uint32_t action_of(char *word) {
    char *value = strchr(word, ':');
    if (value)
        *value++ = 0;
    if (!strcmp(word, "allow"))
        return SCMP_ACT_ALLOW;
    if (!strcmp(word, "log"))
        return SCMP_ACT_LOG;
    if (!strcmp(word, "trap"))
        return SCMP_ACT_TRAP;
    if (!strcmp(word, "kill"))
        return SCMP_ACT_KILL_THREAD;
    if (!strcmp(word, "kill-process"))
        return SCMP_ACT_KILL_PROCESS;
    if (value && !strcmp(word, "errno"))
        return SCMP_ACT_ERRNO((uint32_t)number(value, UINT16_MAX));
    if (value && !strcmp(word, "trace"))
        return SCMP_ACT_TRACE((uint32_t)number(value, UINT16_MAX));
    fail("\"%s\" is not an action", word);
}

static void begin(struct profile *profile, char *rest) {
    profile->filter = seccomp_init(action_of(next_word(&rest, "the default action")));
    if (!profile->filter)
        fail("libseccomp cannot create a filter");
    // A tree instead of a list: some 8 steps for a system call instead of some 300.
    int error = seccomp_attr_set(profile->filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (error < 0)
        fail("libseccomp cannot optimise the filter: %s", strerror(-error));
}

static void add_architecture(struct profile *profile, char *rest) {
    const char *name = next_word(&rest, "the architecture");
    size_t i = 0, count = sizeof architectures / sizeof *architectures;
    while (i < count && strcmp(architectures[i].name, name))
        i++;
    if (i == count || profile->architecture_count == MAX_ARCHITECTURES)
        fail("the architecture %s is not one of x86_64, x86 and x32, each once", name);
    int error = seccomp_arch_add(profile->filter, architectures[i].token);
    if (error < 0 && error != -EEXIST)
        fail("the architecture %s: %s", name, strerror(-error));
    profile->architectures[profile->architecture_count].token = architectures[i].token;
    profile->architectures[profile->architecture_count++].last = -1;
}

// Returns the number of a system call for rules, or __NR_SCMP_ERROR.
static int note_name(struct profile *profile, const char *name) {
    for (int i = 0; i < profile->architecture_count; i++) {
        int resolved = seccomp_syscall_resolve_name_arch(profile->architectures[i].token, name);
        if (resolved > profile->architectures[i].last)
            profile->architectures[i].last = resolved;
    }
    return seccomp_syscall_resolve_name(name);
}

static enum scmp_compare operator_of(const char *name) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (!strcmp(operators[i].name, name))
            return operators[i].operator;
    fail("\"%s\" is not an operator", name);
}

static void add_rule(struct profile *profile, char *rest) {
    struct scmp_arg_cmp arguments[MAX_ARGUMENTS];
    unsigned count = 0;
    uint32_t action = action_of(next_word(&rest, "the action"));
    const char *name = next_word(&rest, "the system call");
    while (rest && *rest) {
        if (count == MAX_ARGUMENTS)
            fail("a rule for %s has more than %d arguments", name, MAX_ARGUMENTS);
        struct scmp_arg_cmp *argument = &arguments[count++];
        argument->arg = (unsigned)number(next_word(&rest, "an argument's index"), MAX_ARGUMENTS - 1);
        argument->op = operator_of(next_word(&rest, "an argument's operator"));
        argument->datum_a = number(next_word(&rest, "an argument's value"), UINT64_MAX);
        argument->datum_b = number(next_word(&rest, "an argument's second value"), UINT64_MAX);
    }
    int found = note_name(profile, name);
    if (found == __NR_SCMP_ERROR)
        return;
    int error = seccomp_rule_add_array(profile->filter, action, found, count, arguments);
    // A duplicate rule changes nothing.
    if (error < 0 && error != -EEXIST)
        fail("the rule for %s: %s", name, strerror(-error));
}

static void parse_line(struct profile *profile, char *line) {
    char *rest = line;
    const char *what = next_word(&rest, "a word");
    if (!strcmp(what, "default") && !profile->filter)
        begin(profile, rest);
    else if (!profile->filter)
        fail("the first line is not the default action");
    else if (!strcmp(what, "unknown-fail"))
        profile->unknown_fail = true;
    else if (!strcmp(what, "arch"))
        add_architecture(profile, rest);
    else if (!strcmp(what, "name"))
        (void)note_name(profile, next_word(&rest, "the system call"));
    else if (!strcmp(what, "rule"))
        add_rule(profile, rest);
    else
        fail("\"%s\" is not a keyword of a profile", what);
}

void profile_read(struct profile *profile, FILE *input) {
    char line[LINE_SIZE];
    while (fgets(line, sizeof line, input)) {
        size_t length = strlen(line);
        if (length == 0 || line[length - 1] != '\n')
            fail("a line is longer than %d bytes or has no end", LINE_SIZE - 2);
        line[length - 1] = 0;
        parse_line(profile, line);
    }
    if (ferror(input) || !profile->filter)
        fail("there is no profile on standard input");
}
