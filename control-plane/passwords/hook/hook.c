/*
 * The password rule inside Postgres: a check_password_hook that holds every CREATE ROLE and ALTER ROLE of a tenant, wherever the statement
 * comes from (a driver, psql, DO, a function), to the rule of test/support/passwordEntropy.ts, in Neon's words. Neon refuses at COMMIT, this at the statement.
 *
 * One file for Postgres 15 to 18 (-DPG_MAJOR=...), without Postgres' headers: the binaries that npm brings have none. What is declared here
 * by hand is the part of the interface that these majors share. -DPALISADE_HOOK_SELFTEST makes a program instead, which judges passwords from
 * its standard input, so that this port can be compared with it.
 */
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define MINIMUM_BITS 60.0
/* ITERATIONS of ../scram.ts, Postgres' default. */
#define LEAST_ITERATIONS 4096

/* A refusal that every password can have: the advice with all its wishes. */
#define REFUSAL_BYTES 256

/* From the surroundings: Postgres, or the self-test. */
static void *allocate(size_t bytes);
static void release(void *memory);

/* ---- What occurs in a password ---- */

enum { LOWER = 3, UPPER, DIGITS, SETS };

static const char *const set_of[SETS] = {
    "!@$&*", "_-., ", "\"#%'()+/:;<=>?[\\]^{|}~", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789",
};

/* Unicode's last code point, and what stands for a byte that is no UTF-8: only a database of another encoding has such. */
#define LAST_RUNE 0x10FFFF
#define NO_RUNE (LAST_RUNE + 1)

typedef struct {
  bool set[SETS]; /* occurs */
  size_t others;  /* distinct runes of no set */
} Alphabet;

/* Reads one rune at `text`, which ends with a zero byte, and steps behind it. */
static uint32_t next_rune(const unsigned char **text) {
  static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
  const unsigned char *at = *text;
  const unsigned char lead = *at++;
  const int more = lead < 0x80 ? 0 : lead < 0xC0 ? -1 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF8 ? 3 : -1;
  *text = at;
  if (more == 0) return lead;
  if (more < 0) return NO_RUNE;
  uint32_t rune = lead & (0x3F >> more);
  for (int left = more; left > 0; left--, at++) {
    if ((*at & 0xC0) != 0x80) return NO_RUNE;
    rune = rune << 6 | (*at & 0x3F);
  }
  if (rune < least[more] || rune > LAST_RUNE || (rune >= 0xD800 && rune <= 0xDFFF)) return NO_RUNE;
  *text = at;
  return rune;
}

static size_t bytes_of(uint32_t rune) {
  return rune < 0x80 || rune == NO_RUNE ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
}

/* `runes` has room for one rune a byte. */
static size_t decode(const char *password, uint32_t *runes) {
  const unsigned char *text = (const unsigned char *)password;
  size_t count = 0;
  while (*text != 0) runes[count++] = next_rune(&text);
  return count;
}

static Alphabet alphabet_of(const uint32_t *runes, size_t count) {
  const size_t bytes = NO_RUNE / 8 + 1;
  unsigned char *seen = allocate(bytes);
  memset(seen, 0, bytes);
  Alphabet alphabet = {0};
  for (size_t at = 0; at < count; at++) {
    const uint32_t rune = runes[at];
    int set = 0;
    while (set < SETS && (rune >= 0x80 || strchr(set_of[set], (int)rune) == NULL)) set++;
    if (set < SETS) alphabet.set[set] = true;
    else if (!(seen[rune / 8] & 1 << rune % 8)) {
      seen[rune / 8] |= (unsigned char)(1 << rune % 8);
      alphabet.others++;
    }
  }
  release(seen);
  return alphabet;
}

/* ---- Its strength: the same steps in the same order as passwordEntropy.ts ---- */

static size_t without_runs(uint32_t *runes, size_t count) {
  size_t kept = 0;
  for (size_t at = 0; at < count; at++)
    if (kept < 2 || runes[at] != runes[kept - 1] || runes[at] != runes[kept - 2]) runes[kept++] = runes[at];
  return kept;
}

/* In place: what is kept moves to the front. A walk may begin in the middle of a match, as in the original. */
static size_t without_sequence(uint32_t *runes, size_t count, const char *sequence) {
  size_t kept = 0, at = 0;
  int matches = 0;
  while (at < count) {
    for (const char *expected = sequence; *expected != 0 && at < count; expected++) {
      if (runes[at] != (unsigned char)*expected) matches = 0;
      else if (++matches > 2) at++;
      else runes[kept++] = runes[at++];
    }
    if (at < count) runes[kept++] = runes[at++];
  }
  return kept;
}

static size_t counted_length(uint32_t *runes, size_t count) {
  static const char *const sequences[] = {
      "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz",
      "9876543210", "poiuytrewq", "lkjhgfdsa", "mnbvcxz", "zyxwvutsrqponmlkjihgfedcba",
  };
  count = without_runs(runes, count);
  for (size_t each = 0; each < sizeof sequences / sizeof *sequences; each++) count = without_sequence(runes, count, sequences[each]);
  size_t bytes = 0;
  for (size_t at = 0; at < count; at++) bytes += bytes_of(runes[at]);
  return bytes;
}

/* Bits, and what they were counted of. */
static double strength(const char *password, Alphabet *alphabet) {
  _Static_assert(sizeof(size_t) == 8, "a password's length times four fits");
  uint32_t *runes = allocate((strlen(password) + 1) * sizeof *runes);
  const size_t count = decode(password, runes);
  *alphabet = alphabet_of(runes, count);
  size_t size = alphabet->others;
  for (int set = 0; set < SETS; set++)
    if (alphabet->set[set]) size += strlen(set_of[set]);
  const double bits = size == 0 ? 0 : (double)counted_length(runes, count) * log2((double)size);
  release(runes);
  return bits;
}

/* ---- What Neon says to it ---- */

/* Text that ends at a size, never beyond. */
typedef struct {
  char *to;
  size_t room;
} Writer;

static void write_text(Writer *writer, const char *text) {
  for (; *text != 0 && writer->room > 1; writer->room--) *writer->to++ = *text++;
  *writer->to = 0;
}

static void advise(const Alphabet *alphabet, char *refusal) {
  const bool special = alphabet->set[0] && alphabet->set[1] && alphabet->set[2];
  const char *const wishes[] = {
      special ? NULL : "including more special characters",
      alphabet->set[LOWER] ? NULL : "using lowercase letters",
      alphabet->set[UPPER] ? NULL : "using uppercase letters",
      alphabet->set[DIGITS] ? NULL : "using numbers",
  };
  Writer writer = {refusal, REFUSAL_BYTES};
  const char *before = "insecure password, try ";
  for (size_t each = 0; each < sizeof wishes / sizeof *wishes; each++) {
    if (wishes[each] == NULL) continue;
    write_text(&writer, before);
    write_text(&writer, wishes[each]);
    before = ", ";
  }
  write_text(&writer, *before == ',' ? " or " : before);
  write_text(&writer, "using a longer password");
}

/* Steps over `text` at the start of `*at`. */
static bool past(const char **at, const char *text) {
  const size_t length = strlen(text);
  if (strncmp(*at, text, length) != 0) return false;
  *at += length;
  return true;
}

/* Steps over at least one byte up to and over `stop`. */
static bool past_part(const char **at, char stop) {
  const char *end = strchr(*at, stop);
  if (end == NULL || end == *at) return false;
  *at = end + 1;
  return true;
}

/* Looks like what Postgres keeps of a password: wider than Postgres' own test for SCRAM, which also decodes. */
static bool looks_hashed(const char *password) {
  const char *at = password;
  if (past(&at, "md5")) return strlen(at) == 32 && strspn(at, "0123456789abcdef") == 32;
  if (!past(&at, "SCRAM-SHA-256$")) return false;
  const size_t digits = strspn(at, "0123456789");
  at += digits;
  return digits > 0 && past(&at, ":") && past_part(&at, '$') && past_part(&at, ':') && *at != 0;
}

/* Writes why a password is refused; false when it is taken. */
static bool refused(const char *password, bool is_verifier, char *refusal) {
  Writer writer = {refusal, REFUSAL_BYTES};
  Alphabet alphabet;
  if (*password == 0) write_text(&writer, "Neon does not support roles with empty passwords");
  else if (is_verifier || looks_hashed(password)) write_text(&writer, "Neon only supports being given plaintext passwords.");
  else if (strength(password, &alphabet) < MINIMUM_BITS) advise(&alphabet, refusal);
  else return false;
  return true;
}

#ifndef PALISADE_HOOK_SELFTEST

/* ---- Postgres ---- */

typedef struct {
  int version, function_arguments, index_keys, name_bytes, float8_by_value;
  char abi[32];
} Abi;

static const struct {
  int bytes;
  Abi abi;
#if PG_MAJOR >= 18
  const char *name, *version;
#endif
} magic = {
    sizeof magic,
    {PG_MAJOR * 100, 100, 32, 64, 1, "PostgreSQL"},
#if PG_MAJOR >= 18
    "palisade_password",
    "1",
#endif
};

typedef void (*PasswordHook)(const char *role, const char *password, int type, uintptr_t valid_until, bool valid_forever);

extern PasswordHook check_password_hook;
extern unsigned int GetSessionUserId(void);
extern unsigned int GetUserId(void);
extern const char *GetConfigOption(const char *name, bool missing_ok, bool restrict_privileged);
extern void *palloc(size_t bytes);
extern void pfree(void *memory);
extern bool errstart(int level, const char *domain);
extern int errmsg_internal(const char *format, ...);
extern int errhidestmt(bool hide);
extern int errhidecontext(bool hide);
extern void errfinish(const char *file, int line, const char *function);

enum { ERROR_LEVEL = 21, PLAINTEXT = 0, BOOTSTRAP_SUPERUSER = 10 };

static PasswordHook next_hook;

/* Raises XX000, the state of an error without one, as Neon's elog does. The statement stays out of the log: it holds the password. */
static void fail(const char *refusal) {
  if (!errstart(ERROR_LEVEL, NULL)) return;
  errmsg_internal("Received HTTP code 400 from control plane: {\"error\":\"%s\"}", refusal);
  errhidestmt(true);
  errhidecontext(true);
  errfinish("hook.c", __LINE__, __func__);
}

/*
 * The plane installs verifiers in sessions of its own superuser. A function of that superuser which a tenant calls has the tenant's session,
 * a function of a tenant which the plane's session calls has the tenant's current user: neither is the plane.
 */
static bool is_the_plane(void) {
  return GetSessionUserId() == BOOTSTRAP_SUPERUSER && GetUserId() == BOOTSTRAP_SUPERUSER;
}

/* A session chooses its own. Postgres before 16 has no such setting. */
static bool is_cheap(void) {
  const char *iterations = GetConfigOption("scram_iterations", true, false);
  return iterations != NULL && strtol(iterations, NULL, 10) < LEAST_ITERATIONS;
}

static void check(const char *role, const char *password, int type, uintptr_t valid_until, bool valid_forever) {
  char refusal[REFUSAL_BYTES];
  if (next_hook != NULL) next_hook(role, password, type, valid_until, valid_forever);
  if (is_the_plane()) return;
  if (refused(password, type != PLAINTEXT, refusal)) fail(refusal);
  if (is_cheap()) fail("scram_iterations must be 4096 at least");
}

const void *Pg_magic_func(void) {
  return &magic;
}

void _PG_init(void) {
  next_hook = check_password_hook;
  check_password_hook = check;
}

/* Postgres refuses more than a gigabyte with an error of its own; what is left then goes with the statement's memory. */
static void *allocate(size_t bytes) {
  return palloc(bytes);
}

static void release(void *memory) {
  pfree(memory);
}

#else

/* ---- Self-test: passwords that end with a zero byte in; bits, tab, refusal or nothing, newline out ---- */

#include <stdio.h>

int main(void) {
  char *password = NULL;
  size_t room = 0;
  while (getdelim(&password, &room, 0, stdin) > 0) {
    char refusal[REFUSAL_BYTES] = "";
    Alphabet alphabet;
    refused(password, false, refusal);
    printf("%.17g\t%s\n", strength(password, &alphabet), refusal);
  }
  free(password);
  return ferror(stdin) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void *allocate(size_t bytes) {
  void *memory = malloc(bytes);
  if (memory == NULL) abort();
  return memory;
}

static void release(void *memory) {
  free(memory);
}

#endif
