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
#define TOGETHER 4  /* steps that windows take together; words that the derivative takes together */

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef float anywhere __attribute__((vector_size(4 * LANES), aligned(4)));
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

/* The last channels of a width may fill a part of a vector only: as many rows of the window then share one.
 * Row j is in vector `vector_of(j)`, from lane `lane_of(j)` on. */
static inline int64_t sharing(const Block *block) { return LANES / block->lanes; }
static inline int64_t vector_of(const Block *block, int64_t j) { return j / sharing(block); }
static inline int64_t lane_of(const Block *block, int64_t j) { return j % sharing(block) * block->lanes; }
static inline int64_t vectors_of(const Block *block) { return vector_of(block, block->width - 1) + 1; }

/* Tables for a vector of rows, as groups of four inputs: whole chains of them, the last filled with zeros. */
static inline int64_t groups_of(int64_t inputs) { return (inputs + 31) / 32 * CHAINS; }

/* Tables for all rows of the window. */
static void make_tables(vec *tables, const Block *block) {
    const int64_t groups = groups_of(block->inputs), inputs = block->inputs;
    for (int64_t v = 0; v < vectors_of(block); v++)
        for (int64_t g = 0; g < groups; g++, tables += PATTERNS) {
            vec rows[4] = {{0}};
            for (int64_t j = v * sharing(block); j < block->width && vector_of(block, j) == v; j++) {
                const float *kernel = block->kernel + j * block->kernel_stride + 4 * g;
                float *lane = (float *)rows + lane_of(block, j);
                for (int64_t bit = 0; bit < 4 && 4 * g + bit < inputs; bit++)
                    for (int64_t c = 0; c < block->lanes; c++) lane[bit * LANES + c] = kernel[c * inputs + bit];
            }
            subset_sums(tables, rows);
        }
}

/* Sum of the rows whose bits are set among groups `from`, a multiple of `CHAINS`, to `to`. Eight sums at once,
 * because each addition has to wait for the one before it. A function of its own: inlined, it runs out of registers. */
static __attribute__((noinline)) vec look_up(const vec *tables, const uint64_t *bits, int64_t from, int64_t to) {
    const int64_t size = PATTERNS * sizeof(vec);
    const char *table = (const char *)tables + from * size, *end = (const char *)tables + to * size;
    const uint8_t *next = (const uint8_t *)bits + from / 2;
    uint32_t some; /* eight groups */
    vec sum[CHAINS];
    memcpy(&some, next, sizeof some);
#pragma GCC unroll 8
    for (int i = 0; i < CHAINS; i++) sum[i] = *(const vec *)(table + i * size + offset(some, i));
    for (table += CHAINS * size, next += 4; table + CHAINS * size <= end; table += CHAINS * size, next += 4) {
        memcpy(&some, next, sizeof some);
#pragma GCC unroll 8
        for (int i = 0; i < CHAINS; i++) sum[i] += *(const vec *)(table + i * size + offset(some, i));
    }
    if (table < end) {
        memcpy(&some, next, sizeof some);
#pragma GCC unroll 8
        for (int i = 0; i < CHAINS; i++)
            if (table + i * size < end) sum[i] += *(const vec *)(table + i * size + offset(some, i));
    }
    return ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
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

/* Projections of the words at `count` steps from `first` on. That of word w at step t has its vector v at
 * `projected` + (place of w) + t * `step` + v * `vector`. */
static void project(const Block *block, const vec *tables, int64_t first, int64_t count, vec *projected,
                    int64_t step, int64_t vector) {
    const int64_t all = groups_of(block->inputs), half = all / 16 * CHAINS, end = (block->inputs + 3) / 4;
    for (int64_t v = 0; v < vectors_of(block); v++, tables += all * PATTERNS)
        /* In two halves, so that the tables in use fit into the nearest caches. */
        for (int part = half ? 0 : 1; part < 2; part++)
            for (int64_t t = 0; t < count; t++) {
                const uint64_t *bits = block->bits + (first + t) * block->words * block->quads;
                for (int64_t w = 0; w < block->used; w++, bits += block->quads) {
                    vec *row = projected + (block->slot ? block->slot[w] : w * count) + t * step + v * vector;
                    if (!part) *row = look_up(tables, bits, 0, half);
                    else if (half) *row += look_up(tables, bits, half, end);
                    else *row = look_up(tables, bits, 0, end);
                }
            }
}

/* The neurons of all windows at `count` steps from `first` on: step by step within a window, whose potential stays
 * in a register meanwhile. */
static inline __attribute__((always_inline)) void fire_windows(const Block *block, const vec *projected, int64_t first,
                                                              const int64_t count, int64_t windows) {
    const int64_t width = block->width;
    vec *state = (vec *)block->potentials, *before = (vec *)block->before;
    int64_t x = first * windows;
    const float *rows[width];
    for (int64_t j = 0; j < width; j++)
        rows[j] = (const float *)(projected + vector_of(block, j) * block->used * count) + lane_of(block, j);
    for (int64_t s = 0; s < block->sentences; s++) {
        vec total[TOGETHER] = {{0}};
        for (int64_t p = block->starts[s]; p + width <= block->starts[s + 1]; p++, x++, state++) {
            vec current[TOGETHER] = {{0}}, v = *state, u;
            for (int64_t j = 0; j < width; j++) {
                const anywhere *row = (const anywhere *)(rows[j] + block->index[p + j] * count * LANES);
                for (int64_t t = 0; t < count; t++) current[t] += row[t];
            }
            for (int64_t t = 0; t < count; t++) {
                total[t] += fire(&v, current[t], block, &u);
                if (before) before[t * windows + x] = u;
            }
            *state = v;
        }
        for (int64_t t = 0; t < count; t++) {
            float *out = block->sums + (first + t) * block->out_step + s * block->out_sentence;
            for (int64_t c = 0; c < block->lanes; c++) out[c] = total[t][c];
        }
    }
}

static inline int64_t windows_of(const Block *block) {
    return block->tokens - (block->width - 1) * block->sentences;
}

/* Forward over T steps; 1 if there is no memory. */
static int forward(const Block *block) {
    const int64_t vectors = vectors_of(block), size = vectors * block->used * TOGETHER;
    vec *tables = allocate(vectors * groups_of(block->inputs) * PATTERNS), *projected = allocate(size + 1);
    if (!tables || !projected) return free(tables), free(projected), 1;
    make_tables(tables, block);
    projected[size] = (vec){0}; /* what follows the last row is read, and of no effect */
    int64_t t = 0;
    for (; t + TOGETHER <= block->steps; t += TOGETHER) {
        project(block, tables, t, TOGETHER, projected, 1, block->used * TOGETHER);
        fire_windows(block, projected, t, TOGETHER, windows_of(block));
    }
    for (; t < block->steps; t++) {
        project(block, tables, t, 1, projected, 1, block->used);
        fire_windows(block, projected, t, 1, windows_of(block));
    }
    free(tables), free(projected);
    return 0;
}

/* Forward over T steps where words and windows are kept from call to call; 1 if there is no memory.
 *
 * Fresh words are projected, `[T, width]` of one word after the other, to their places; then the spikes of fresh
 * windows are written to theirs. What a sentence adds up are the bytes of its windows. */
static int recall(const Block *block) {
    const int64_t steps = block->steps, width = block->width, size = steps * LANES;
    project(block, (const vec *)block->tables, 0, steps, (vec *)block->projected, width, 1);
    const float *rows[width];
    for (int64_t j = 0; j < width; j++)
        rows[j] = (const float *)((vec *)block->projected + vector_of(block, j)) + lane_of(block, j);
    const vec start = (vec){0} + *block->potentials;
    for (int64_t f = 0; f < block->fresh; f++) {
        const int32_t *reads = block->reads + f * width;
        uint8_t *fired = block->fired + block->kept[f] * size;
        vec v = start, u;
        for (int64_t t = 0; t < steps; t++) {
            vec current = {0};
            for (int64_t j = 0; j < width; j++)
                current += *(const anywhere *)(rows[j] + (reads[j] + t * width) * LANES);
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

/* Sums of the gradients of 4 early and of 4 late steps of a chunk, for one word, and its spikes there. */
typedef struct {
    vec early[PATTERNS], late[PATTERNS];
    const uint8_t *spikes;
} Share;

/* What `count` words add to the gradient of their weights, `sum` [D]: one word after the other. Without `late` the
 * chunk has four steps at most: the sums of late ones are zero. */
static inline __attribute__((always_inline)) void add_shares(const Share *shares, const int count, const int late,
                                                            int64_t inputs, vec *sum) {
    for (int64_t d = 0; d < inputs; d += 8) {
        uint64_t x[TOGETHER];
        for (int k = 0; k < count; k++) memcpy(x + k, shares[k].spikes + d, sizeof *x);
#pragma GCC unroll 8
        for (int i = 0; i < 8; i++) {
            vec total = sum[d + i];
            for (int k = 0; k < count; k++) {
                vec own = *(const vec *)((const char *)shares[k].early + offset(x[k], 2 * i));
                if (late) own += *(const vec *)((const char *)shares[k].late + offset(x[k], 2 * i + 1));
                total += own;
            }
            sum[d + i] = total;
        }
    }
}

static void add_all_shares(const Share *shares, int count, int late, int64_t inputs, vec *sum) {
    if (count == TOGETHER && late) add_shares(shares, TOGETHER, 1, inputs, sum);
    else if (count == TOGETHER) add_shares(shares, TOGETHER, 0, inputs, sum);
    else
        for (int k = 0; k < count; k++) add_shares(shares + k, 1, 1, inputs, sum);
}

/* Gradients of the windows' potentials `delta`, added up over the places of word w: `rows` [CHUNK], for the rows of
 * the window in vector v. Whether there are any. */
static int rows_of(const Block *block, const Derivative *own, int64_t w, int64_t v, const vec *delta, vec *rows) {
    const int64_t width = block->width;
    int found = 0;
    for (int64_t j = v * sharing(block); j < width && vector_of(block, j) == v; j++)
        for (int64_t i = own->token_start[w]; i < own->token_start[w + 1]; i++) {
            int64_t s = own->sentence[own->tokens[i]], p = own->tokens[i] - j;
            if (p < block->starts[s] || p + width > block->starts[s + 1]) continue;
            const vec *d = delta + (p - s * (width - 1)) * CHUNK;
            if (sharing(block) == 1)
                for (int t = 0; t < CHUNK; t++) rows[t] += d[t];
            else
                for (int t = 0; t < CHUNK; t++)
                    for (int64_t c = 0; c < block->lanes; c++) rows[t][lane_of(block, j) + c] += d[t][c];
            found = 1;
        }
    return found;
}

/* Backward over T steps; 1 if there is no memory. */
static int backward(const Block *block, const Derivative *own) {
    const int64_t windows = windows_of(block), vectors = vectors_of(block);
    const int64_t inputs = (block->inputs + 7) / 8 * 8;
    vec *carried = allocate(windows), *delta = allocate(windows * CHUNK), *total = allocate(vectors * inputs);
    if (!carried || !delta || !total) return free(carried), free(delta), free(total), 1;
    memset(carried, 0, (size_t)windows * sizeof(vec));
    memset(delta, 0, (size_t)(windows * CHUNK) * sizeof(vec));
    memset(total, 0, (size_t)(vectors * inputs) * sizeof(vec));
    for (int64_t chunk = (block->steps - 1) / CHUNK; chunk >= 0; chunk--) {
        int64_t first = chunk * CHUNK, last = first + CHUNK < block->steps ? first + CHUNK - 1 : block->steps - 1;
        potentials_backward(block, own, windows, first, last, carried, delta);
        const uint8_t *spikes = own->by_time + chunk * block->words * 64 * block->quads;
        for (int64_t v = 0; v < vectors; v++) {
            Share shares[TOGETHER];
            int count = 0;
            for (int64_t w = 0; w < block->used; w++) {
                vec rows[CHUNK] = {{0}};
                if (!rows_of(block, own, w, v, delta, rows)) continue;
                subset_sums(shares[count].early, rows);
                subset_sums(shares[count].late, rows + 4);
                shares[count++].spikes = spikes + w * 64 * block->quads;
                if (count < TOGETHER) continue;
                add_all_shares(shares, count, last - first >= 4, block->inputs, total + v * inputs);
                count = 0;
            }
            add_all_shares(shares, count, 1, block->inputs, total + v * inputs);
        }
    }
    for (int64_t j = 0; j < block->width; j++)
        for (int64_t c = 0; c < block->lanes; c++)
            for (int64_t d = 0; d < block->inputs; d++)
                block->grad_kernel[j * block->kernel_stride + c * block->inputs + d] =
                    total[vector_of(block, j) * inputs + d][lane_of(block, j) + c];
    free(carried), free(delta), free(total);
    return 0;
}

int64_t lanes(void) { return LANES; }

void table_blocks(const Block *blocks, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        make_tables((vec *)blocks[i].tables, blocks + i);
}

/* Floats of the tables for one row of the window. */
int64_t table_floats(int64_t inputs) {
    return groups_of(inputs) * PATTERNS * LANES;
}

/* The blocks, shared among `threads` threads; 1 if memory ran out. They are those of PyTorch's own OpenMP, which wait
 * for work by spinning: threads of another kind would share the cores with them. */
#define EACH_BLOCK(work)                                                                       \
    int failed = 0;                                                                            \
    _Pragma("omp parallel for schedule(dynamic, 1) num_threads(threads) reduction(| : failed)") \
    for (int64_t i = 0; i < count; i++) failed |= (work);                                      \
    return failed

int forward_blocks(const Block *blocks, int64_t count, int threads) { EACH_BLOCK(forward(blocks + i)); }

int recall_blocks(const Block *blocks, int64_t count, int threads) { EACH_BLOCK(recall(blocks + i)); }

int backward_blocks(const Block *blocks, int64_t count, int threads, const Derivative *how) {
    EACH_BLOCK(backward(blocks + i, how));
}
