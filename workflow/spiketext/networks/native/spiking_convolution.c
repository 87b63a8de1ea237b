/* Convolution over words, integrate-and-fire neurons, and their spikes summed over each sentence, for
 * LANES channels of one width, over all time steps.
 *
 * Input spikes are bits, so a projection is a sum of those rows of the kernel whose bit is set. Four rows
 * have only 16 possible sums: they are added once (a table of subset sums), and four bits then cost one
 * lookup and one addition in place of four multiply-adds. The derivative uses the same idea over time:
 * 8 steps of one word are two tables of 16 sums of gradients.
 *
 * Channels do not depend on each other, so blocks of them can run in any order and in any number of
 * threads without changing a bit of the result. Between the steps all that a block touches (tables,
 * projections of the distinct words, potentials) stays in the caches of its core.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* As many channels as one vector register holds: two registers each would leave none for the sums. */
#ifdef __AVX512F__
#define LANES 16
#else
#define LANES 8
#endif
#define PATTERNS 16 /* subsets of four bits */
#define CHAINS 8    /* independent sums in a look-up */
#define CHUNK 8     /* time steps that the derivative takes together */

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));
typedef uint8_t bytes __attribute__((vector_size(LANES)));

enum { FAST_SIGMOID = 0, ATAN = 1 };

typedef struct {
    int64_t steps, words, sentences; /* T; n; B */
    int64_t used;                    /* the first so many words occur in the batch, the rest is padding */
    int64_t inputs, quads;           /* D; 64-bit words that hold D bits */
    int64_t width, lanes, tokens;    /* k; channels of this block; tokens of the batch */
    int64_t kernel_stride;           /* floats from one row of the window to the next in `kernel` */
    int64_t out_step, out_sentence;  /* floats from one step, one sentence to the next in `sums` */
    const uint64_t *bits;            /* [T, n, quads] */
    const int32_t *slot;             /* recall only: [used], place of each word in `projected` */
    float *tables, *projected;       /* recall only: kept from call to call */
    const int32_t *reads;            /* recall only: [fresh, width], places of their words in `projected` */
    const int32_t *kept;             /* recall only: [fresh], place of each of these windows in `fired` */
    const int32_t *window;           /* recall only: place of each window in `fired`, sentence after sentence */
    uint8_t *fired;                  /* recall only: [.., T, LANES], spikes of windows, kept from call to call */
    int64_t fresh;                   /* recall only: windows that were not met before */
    const int32_t *index;            /* [tokens], each token's word */
    const int64_t *starts;           /* [B + 1], first token of each sentence */
    const float *kernel;             /* rows of the first channel; a channel's row has D floats */
    float *potentials;               /* [windows, LANES], before and after; recall: one, before the first step */
    float *before;                   /* [T, windows, LANES], potentials before reset; forward: or NULL */
    float *sums;                     /* spikes of each step and sentence; backward: their gradient */
    float *grad_kernel;              /* backward only: laid out as `kernel` */
    float beta, theta;
} Block;

static vec *allocate(int64_t count) {
    return aligned_alloc(sizeof(vec), (size_t)count * sizeof(vec));
}

/* Nibble `place` of `bits`, as an offset in bytes into a table of 16 vectors. */
static inline int64_t offset(uint64_t bits, int place) {
    return (int64_t)((bits >> (4 * place)) & 15) * (int64_t)sizeof(vec);
}

/* All 16 sums of subsets of four rows. */
static inline void subset_sums(vec *table, const vec *rows) {
    table[0] = (vec){0};
    for (int bit = 0; bit < 4; bit++)
        for (int p = 0; p < (1 << bit); p++) table[(1 << bit) + p] = table[p] + rows[bit];
}

/* Tables for one row of the window: `groups` of 16 vectors. */
static void make_tables(vec *tables, const float *kernel, const Block *block, int64_t groups) {
    for (int64_t g = 0; g < groups; g++) {
        vec rows[4];
        for (int bit = 0; bit < 4; bit++) {
            int64_t d = 4 * g + bit;
            rows[bit] = (vec){0};
            if (d < block->inputs)
                for (int64_t c = 0; c < block->lanes; c++) rows[bit][c] = kernel[c * block->inputs + d];
        }
        subset_sums(tables + g * PATTERNS, rows);
    }
}

/* Sum of the rows whose bits are set among groups `from` to `to`, multiples of `CHAINS`. Eight sums at once,
 * because each addition has to wait for the one before it. */
static inline vec look_up(const vec *tables, const uint64_t *bits, int64_t from, int64_t to) {
    vec sum[CHAINS] = {{0}};
    const char *table = (const char *)(tables + from * PATTERNS);
    const int64_t size = PATTERNS * sizeof(vec);
    for (int64_t g = from; g < to; g += CHAINS, table += CHAINS * size) {
        uint64_t some = bits[g / 16] >> (4 * (g % 16));
#pragma GCC unroll 8
        for (int i = 0; i < CHAINS; i++) sum[i] += *(const vec *)(table + i * size + offset(some, i));
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
}

/* Tables for all rows of the window. */
static void make_all_tables(vec *tables, const Block *block, int64_t groups) {
    for (int64_t j = 0; j < block->width; j++)
        make_tables(tables + j * groups * PATTERNS, block->kernel + j * block->kernel_stride, block, groups);
}

/* One step of the neurons; their potential before the reset, and after it. */
static inline vec fire(vec *potential, vec current, const Block *block, vec *before) {
    const vec one = (vec){0} + 1.0f;
    const vec u = *potential * block->beta + current;
    const vec spike = (vec)((ivec)(u > block->theta) & (ivec)one);
    *potential = u - block->theta * spike;
    *before = u;
    return spike;
}

/* Forward over T steps; 1 if there is no memory. */
static int forward(const Block *block) {
    const int64_t groups = (block->inputs + 31) / 32 * CHAINS, half = groups / 16 * CHAINS;
    const int64_t words = block->words;
    vec *tables = allocate(block->width * groups * PATTERNS), *projected = allocate(block->width * words);
    if (!tables || !projected) return free(tables), free(projected), 1;
    make_all_tables(tables, block, groups);
    vec *state = (vec *)block->potentials, *keep = (vec *)block->before;
    for (int64_t t = 0; t < block->steps; t++) {
        const uint64_t *bits = block->bits + t * words * block->quads;
        for (int64_t j = 0; j < block->width; j++) {
            const vec *table = tables + j * groups * PATTERNS;
            vec *row = projected + j * words;
            /* In two halves, so that the tables in use fit into the first-level cache. */
            for (int64_t w = 0; w < block->used; w++) row[w] = look_up(table, bits + w * block->quads, 0, half);
            for (int64_t w = 0; w < block->used; w++)
                row[w] += look_up(table, bits + w * block->quads, half, groups);
        }
        vec *v = state;
        for (int64_t s = 0; s < block->sentences; s++) {
            vec total = {0}, u;
            for (int64_t p = block->starts[s]; p + block->width <= block->starts[s + 1]; p++, v++) {
                vec current = {0};
                for (int64_t j = 0; j < block->width; j++) current += projected[j * words + block->index[p + j]];
                total += fire(v, current, block, &u);
                if (keep) *keep++ = u;
            }
            float *out = block->sums + t * block->out_step + s * block->out_sentence;
            for (int64_t c = 0; c < block->lanes; c++) out[c] = total[c];
        }
    }
    free(tables), free(projected);
    return 0;
}

/* Forward over T steps where words and windows are kept from call to call; 1 if there is no memory.
 *
 * Fresh words are projected, `[T, width]` of one word after the other, to their places; then the spikes of fresh
 * windows are written to theirs. What a sentence adds up are the bytes of its windows. */
static int recall(const Block *block) {
    const int64_t groups = (block->inputs + 31) / 32 * CHAINS, half = groups / 16 * CHAINS;
    const int64_t steps = block->steps, width = block->width, size = steps * LANES;
    vec *projected = (vec *)block->projected;
    for (int64_t j = 0; j < width; j++) {
        const vec *table = (const vec *)block->tables + j * groups * PATTERNS;
        for (int64_t part = 0; part < 2; part++)
            for (int64_t t = 0; t < steps; t++)
                for (int64_t w = 0; w < block->used; w++) {
                    const uint64_t *bits = block->bits + (t * block->words + w) * block->quads;
                    vec *row = projected + block->slot[w] + t * width + j;
                    if (part) *row += look_up(table, bits, half, groups);
                    else *row = look_up(table, bits, 0, half);
                }
    }
    const vec start = (vec){0} + *block->potentials;
    for (int64_t f = 0; f < block->fresh; f++) {
        const int32_t *reads = block->reads + f * width;
        uint8_t *fired = block->fired + block->kept[f] * size;
        vec v = start, u;
        for (int64_t t = 0; t < steps; t++) {
            vec current = {0};
            for (int64_t j = 0; j < width; j++) current += projected[reads[j] + t * width + j];
            *(bytes *)(fired + t * LANES) = __builtin_convertvector(fire(&v, current, block, &u), bytes);
        }
    }
    uint16_t *total = malloc((size_t)size * sizeof *total);
    if (!total) return 1;
    const int32_t *window = block->window;
    for (int64_t s = 0; s < block->sentences; s++) {
        memset(total, 0, (size_t)size * sizeof *total);
        for (int64_t p = block->starts[s]; p + width <= block->starts[s + 1]; p++) {
            const uint8_t *fired = block->fired + *window++ * size;
            for (int64_t i = 0; i < size; i++) total[i] += fired[i];
        }
        for (int64_t t = 0; t < steps; t++) {
            float *out = block->sums + t * block->out_step + s * block->out_sentence;
            for (int64_t c = 0; c < block->lanes; c++) out[c] = total[t * LANES + c];
        }
    }
    free(total);
    return 0;
}

static inline vec derivative(vec u, float theta, float slope, int surrogate) {
    const vec x = (u - theta) / theta;
    if (surrogate == FAST_SIGMOID) {
        const vec y = 1.0f + slope * (vec)((ivec)x & 0x7fffffff);
        return 1.0f / (y * y * theta);
    }
    const vec y = (1.57079632679489662f * slope) * x;
    return slope / (2.0f * theta * (1.0f + y * y));
}

/* Transpose 8 x 8 bits: bit d of byte t becomes bit t of byte d. */
static inline uint64_t transpose(uint64_t x) {
    uint64_t y = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAull;
    x ^= y ^ (y << 7);
    y = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCull;
    x ^= y ^ (y << 14);
    y = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ull;
    return x ^ y ^ (y << 28);
}

/* Spikes by chunk of time: byte d of `out` [chunks, n, 64 * quads] holds the spikes of input d in 8 steps. */
void bits_over_time(const uint64_t *bits, int64_t steps, int64_t words, int64_t quads, uint64_t *out) {
    for (int64_t first = 0; first < steps; first += CHUNK)
        for (int64_t w = 0; w < words; w++)
            for (int64_t q = 0; q < quads; q++)
                for (int byte = 0; byte < 8; byte++) {
                    uint64_t square = 0;
                    for (int64_t t = 0; t < CHUNK && first + t < steps; t++) {
                        uint64_t x = bits[((first + t) * words + w) * quads + q];
                        square |= ((x >> (8 * byte)) & 0xff) << (8 * t);
                    }
                    *out++ = transpose(square);
                }
}

/* Bits of bytes that are 0 or 1: `spikes` [rows, D] to `bits` [rows, quads]. */
void pack_bits(const uint8_t *spikes, int64_t rows, int64_t inputs, int64_t quads, uint64_t *bits) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t q = 0; q < quads; q++) {
            uint64_t packed = 0;
            for (int64_t d = 64 * q; d < 64 * q + 64 && d < inputs; d += 8) {
                uint64_t eight = 0;
                memcpy(&eight, spikes + r * inputs + d, (size_t)(inputs - d < 8 ? inputs - d : 8));
                packed |= ((eight * 0x0102040810204080ull) >> 56) << (d % 64);
            }
            bits[r * quads + q] = packed;
        }
}

/* What the derivative needs besides the block. */
typedef struct {
    const uint8_t *by_time;     /* from `bits_over_time` */
    const int32_t *tokens;      /* [tokens], the places of each word, word by word */
    const int64_t *token_start; /* [n + 1] */
    const int32_t *sentence;    /* [tokens], the sentence that each token stands in */
    int64_t surrogate;
    float slope;
} Derivative;

/* The gradient of the potentials of steps `first` to `last`, newest first, into `delta` [windows, CHUNK];
 * `carried` [windows] is what flows back from the steps after them. */
static void potentials_backward(const Block *block, const Derivative *how, int64_t windows, int64_t first,
                                int64_t last, vec *carried, vec *delta) {
    const vec *before = (const vec *)block->before;
    for (int64_t t = last; t >= first; t--) {
        int64_t x = 0;
        for (int64_t s = 0; s < block->sentences; s++) {
            const float *in = block->sums + t * block->out_step + s * block->out_sentence;
            vec g = {0};
            for (int64_t c = 0; c < block->lanes; c++) g[c] = in[c];
            for (int64_t p = block->starts[s]; p + block->width <= block->starts[s + 1]; p++, x++) {
                vec own = g * derivative(before[t * windows + x], block->theta, how->slope, (int)how->surrogate);
                carried[x] = carried[x] * block->beta + own;
                delta[x * CHUNK + (t - first)] = carried[x];
            }
        }
    }
}

/* Backward over T steps; 1 if there is no memory. */
static int backward(const Block *block, const Derivative *own) {
    const int64_t windows = block->tokens - (block->width - 1) * block->sentences, width = block->width;
    const int64_t inputs = (block->inputs + 7) / 8 * 8;
    vec *carried = allocate(windows), *delta = allocate(windows * CHUNK), *total = allocate(width * inputs);
    if (!carried || !delta || !total) return free(carried), free(delta), free(total), 1;
    memset(carried, 0, (size_t)windows * sizeof(vec));
    memset(delta, 0, (size_t)(windows * CHUNK) * sizeof(vec));
    memset(total, 0, (size_t)(width * inputs) * sizeof(vec));
    for (int64_t chunk = (block->steps - 1) / CHUNK; chunk >= 0; chunk--) {
        int64_t first = chunk * CHUNK, last = first + CHUNK < block->steps ? first + CHUNK - 1 : block->steps - 1;
        potentials_backward(block, own, windows, first, last, carried, delta);
        const uint8_t *spikes = own->by_time + chunk * block->words * 64 * block->quads;
        for (int64_t j = 0; j < width; j++)
            for (int64_t w = 0; w < block->used; w++) {
                vec rows[CHUNK] = {{0}}, early[PATTERNS], late[PATTERNS];
                int found = 0;
                for (int64_t i = own->token_start[w]; i < own->token_start[w + 1]; i++) {
                    int64_t s = own->sentence[own->tokens[i]], p = own->tokens[i] - j;
                    if (p < block->starts[s] || p + width > block->starts[s + 1]) continue;
                    const vec *d = delta + (p - s * (width - 1)) * CHUNK;
                    for (int t = 0; t < CHUNK; t++) rows[t] += d[t];
                    found = 1;
                }
                if (!found) continue;
                subset_sums(early, rows);
                subset_sums(late, rows + 4);
                const uint8_t *eight = spikes + w * 64 * block->quads;
                vec *sum = total + j * inputs;
                for (int64_t d = 0; d < block->inputs; d += 8) {
                    uint64_t x;
                    memcpy(&x, eight + d, sizeof x);
                    for (int i = 0; i < 8; i++)
                        sum[d + i] += *(const vec *)((const char *)early + offset(x, 2 * i)) +
                                      *(const vec *)((const char *)late + offset(x, 2 * i + 1));
                }
            }
    }
    for (int64_t j = 0; j < width; j++)
        for (int64_t c = 0; c < block->lanes; c++)
            for (int64_t d = 0; d < block->inputs; d++)
                block->grad_kernel[j * block->kernel_stride + c * block->inputs + d] = total[j * inputs + d][c];
    free(carried), free(delta), free(total);
    return 0;
}

int64_t lanes(void) { return LANES; }

/* Threads that call one of these with the same `next` share the blocks among them; 1 if memory ran out. */
void table_blocks(const Block *blocks, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        make_all_tables((vec *)blocks[i].tables, blocks + i, (blocks[i].inputs + 31) / 32 * CHAINS);
}

/* Floats of the tables for one row of the window. */
int64_t table_floats(int64_t inputs) {
    return (inputs + 31) / 32 * CHAINS * PATTERNS * LANES;
}

int forward_blocks(const Block *blocks, int64_t count, int64_t *next) {
    int failed = 0;
    for (int64_t i; (i = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED)) < count;) failed |= forward(blocks + i);
    return failed;
}

int recall_blocks(const Block *blocks, int64_t count, int64_t *next) {
    int failed = 0;
    for (int64_t i; (i = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED)) < count;) failed |= recall(blocks + i);
    return failed;
}

int backward_blocks(const Block *blocks, int64_t count, int64_t *next, const Derivative *how) {
    int failed = 0;
    for (int64_t i; (i = __atomic_fetch_add(next, 1, __ATOMIC_RELAXED)) < count;) failed |= backward(blocks + i, how);
    return failed;
}
