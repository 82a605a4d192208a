// One cell of four compartments, written by hand: as fast as the same arithmetic goes.
//
// The scheme of `crank_nicolson`: synaptic gates are stepped exactly, voltages by one
// linear solve of a chain with the gates' means over the step. Detection of dendritic
// spikes, the second reset and the threshold are in the same pass over the cells.
//
// usage: loop INPUT OUTPUT. INPUT: the numbers of cells, steps, inputs, spikes and
// synapses (int64); the spikes' steps and inputs (int32, sorted by step); for each input
// its first synapse, and one more (int32); the synapses' cells (int32). OUTPUT: the time
// of the loop (s; of the processor, with OpenMP of the clock), spikes, dendritic spikes,
// the final V_soma (doubles).
//
// With OWN_EXP, the exponential is written out as well.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <initializer_list>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif
#include "cell.h"  // the constants of the cell, in SI units

namespace {

// Brian2 compares times half a step away from the boundary; so does this.
constexpr double NEVER = -1e4;
// A voltage that grows too fast within a step for a linear one makes an explicit step.
constexpr double SMALLEST_PIVOT = 0.5;
// Spikes are looked for in blocks of cells, since hardly any has one.
constexpr std::int64_t BLOCK = 512;

// Never freed: the cells live as long as the program.
template <class T> T* aligned(std::int64_t size) {
    char* memory = static_cast<char*>(std::malloc(size * sizeof(T) + 64));
    if (memory == nullptr) std::abort();
    return reinterpret_cast<T*>(memory + 64 - reinterpret_cast<std::uintptr_t>(memory) % 64);
}

#ifdef OWN_EXP
// 2^n times a Taylor polynomial on half of [-log 2, log 2]: a relative error of 1e-14.
inline double exponential(double x) {
    x = std::min(std::max(x, -708.), 709.);
    const double n = std::floor(x * 1.4426950408889634 + 0.5);
    const double r = x - n * 6.93147180369123816490e-01 - n * 1.90821492927058770002e-10;
    double sum = 1. / 39916800;
    for (double each : {1. / 3628800, 1. / 362880, 1. / 40320, 1. / 5040, 1. / 720,
                        1. / 120, 1. / 24, 1. / 6, 1. / 2, 1., 1.})
        sum = sum * r + each;
    // The last bits of n + 1.5 * 2^52 are those of n; they are added to the exponent.
    const double shifted = n + 6755399441055744.;
    std::uint64_t exponent, bits;
    std::memcpy(&exponent, &shifted, sizeof exponent);
    std::memcpy(&bits, &sum, sizeof bits);
    bits += exponent << 52;
    std::memcpy(&sum, &bits, sizeof sum);
    return sum;
}
#else
inline double exponential(double x) { return std::exp(x); }
#endif

double seconds() {
#ifdef _OPENMP
    return omp_get_wtime();
#else
    return double(std::clock()) / CLOCKS_PER_SEC;
#endif
}

struct Dendrite {
    double *V, *I_ext, *spiketime;
};

struct Receptors {
    double *s_AMPA, *s_NMDA, *x_NMDA;
};

struct Cells {
    std::int64_t N;
    double *V, *I_ext, *lastspike;
    Dendrite trunk, prox, dist;
    Receptors on_prox, on_dist;
    bool *firing;  // whether any cell of a block is above threshold
    std::int64_t spikes, dspikes;

    explicit Cells(std::int64_t size) : N(size) {
        for (double** each : {&V, &I_ext, &lastspike}) *each = aligned<double>(N);
        for (Dendrite* each : {&trunk, &prox, &dist}) {
            each->V = aligned<double>(N);
            each->I_ext = aligned<double>(N);
            each->spiketime = aligned<double>(N);
        }
        for (Receptors* each : {&on_prox, &on_dist}) {
            each->s_AMPA = aligned<double>(N);
            each->s_NMDA = aligned<double>(N);
            each->x_NMDA = aligned<double>(N);
        }
        firing = aligned<bool>(N / BLOCK + 1);
    }

    void start() {
        spikes = dspikes = 0;
        for (std::int64_t i = 0; i < N; i++) {
            V[i] = EL;
            I_ext[i] = 0;
            lastspike[i] = NEVER;
            for (Dendrite* each : {&trunk, &prox, &dist}) {
                each->V[i] = EL;
                each->I_ext[i] = 0;
                each->spiketime[i] = NEVER;
            }
            for (Receptors* each : {&on_prox, &on_dist})
                each->s_AMPA[i] = each->s_NMDA[i] = each->x_NMDA[i] = 0;
        }
    }
};

struct Membrane {
    double flow, slope;  // dV/dt times C, and minus its derivative by V
};

inline void add(Membrane& m, double g, double E, double V) {
    m.flow += g * (E - V);
    m.slope += g;
}

inline void add_receptors(Membrane& m, double V, double s_AMPA, double s_NMDA,
                          double x_NMDA) {
    add(m, g_AMPA * MEAN_AMPA * s_AMPA, E_AMPA, V);
    const double g = g_NMDA * (MEAN_X * x_NMDA + MEAN_DRIVE * s_NMDA);
    const double open = MG_BLOCK * exponential(-MG_SLOPE * V);
    const double factor = 1 / (1 + open);
    const double force = E_NMDA - V;
    m.flow += g * factor * force;
    m.slope += g * factor * (1 - MG_SLOPE * open * factor * force);
}

inline void add_spike(Membrane& m, double V, double since, double g_rise,
                      double g_fall) {
    add(m, since < RISE_END ? g_rise : 0, E_RISE, V);
    add(m, (since > FALL_START) & (since < FALL_END) ? g_fall : 0, E_FALL, V);
}

inline double guarded(double pivot) {
    return pivot > SMALLEST_PIVOT ? 1 / pivot : 0;
}

inline bool above(double V, double since) {
    return (V > THRESHOLD) & (since > REFRACTORY);
}

// Returns the number of dendritic spikes.
__attribute__((noinline)) double step(Cells& cells, double t, std::int64_t first,
                                      std::int64_t last) {
    double* __restrict V_soma = cells.V;
    double* __restrict V_trunk = cells.trunk.V;
    double* __restrict V_prox = cells.prox.V;
    double* __restrict V_dist = cells.dist.V;
    const double* __restrict I_soma = cells.I_ext;
    const double* __restrict I_trunk = cells.trunk.I_ext;
    const double* __restrict I_prox = cells.prox.I_ext;
    const double* __restrict I_dist = cells.dist.I_ext;
    double* __restrict last_trunk = cells.trunk.spiketime;
    double* __restrict last_prox = cells.prox.spiketime;
    double* __restrict last_dist = cells.dist.spiketime;
    const double* __restrict lastspike = cells.lastspike;
    double* __restrict sA_prox = cells.on_prox.s_AMPA;
    double* __restrict sN_prox = cells.on_prox.s_NMDA;
    double* __restrict xN_prox = cells.on_prox.x_NMDA;
    double* __restrict sA_dist = cells.on_dist.s_AMPA;
    double* __restrict sN_dist = cells.on_dist.s_NMDA;
    double* __restrict xN_dist = cells.on_dist.x_NMDA;
    double dspikes = 0, spikes = 0;

#pragma GCC ivdep
    for (std::int64_t i = first; i < last; i++) {
        const double V0 = V_soma[i], V1 = V_trunk[i], V2 = V_prox[i], V3 = V_dist[i];
        Membrane soma = {I_soma[i], 0}, trunk = {I_trunk[i], 0};
        Membrane prox = {I_prox[i], 0}, dist = {I_dist[i], 0};
        add(soma, gL_SOMA, EL, V0);
        add(soma, g_TRUNK, V1, V0);
        add(trunk, gL_TRUNK, EL, V1);
        add(trunk, g_TRUNK, V0, V1);
        add(trunk, g_PROX, V2, V1);
        add_spike(trunk, V1, t - last_trunk[i], RISE_TRUNK, FALL_TRUNK);
        add(prox, gL_PROX, EL, V2);
        add(prox, g_PROX, V1, V2);
        add(prox, g_DIST, V3, V2);
        add_spike(prox, V2, t - last_prox[i], RISE_PROX, FALL_PROX);
        add_receptors(prox, V2, sA_prox[i], sN_prox[i], xN_prox[i]);
        add(dist, gL_DIST, EL, V3);
        add(dist, g_DIST, V2, V3);
        add_spike(dist, V3, t - last_dist[i], RISE_DIST, FALL_DIST);
        add_receptors(dist, V3, sA_dist[i], sN_dist[i], xN_dist[i]);

        // (1 - dt/2 J) dV = dt f: from both ends to the trunk, and back. What the soma
        // is divided by does not change.
        constexpr double H0 = DT / 2 / C_SOMA, H1 = DT / 2 / C_TRUNK;
        constexpr double H2 = DT / 2 / C_PROX, H3 = DT / 2 / C_DIST;
        constexpr double inverse0 = 1 / (1 + H0 * (gL_SOMA + g_TRUNK));
        const double f0 = 2 * H0 * soma.flow, f1 = 2 * H1 * trunk.flow;
        const double f2 = 2 * H2 * prox.flow, f3 = 2 * H3 * dist.flow;
        const double share0 = f0 * inverse0;
        const double inverse3 = guarded(1 + H3 * dist.slope);
        const double share3 = f3 * inverse3;
        const double inverse2 =
            guarded(1 + H2 * prox.slope - H2 * g_DIST * H3 * g_DIST * inverse3);
        const double share2 = (f2 + H2 * g_DIST * share3) * inverse2;
        const double inverse1 =
            1 / (1 + H1 * trunk.slope - H1 * g_TRUNK * H0 * g_TRUNK * inverse0 -
                 H1 * g_PROX * H2 * g_PROX * inverse2);
        const double d1 =
            (f1 + H1 * g_TRUNK * share0 + H1 * g_PROX * share2) * inverse1;
        const double d0 = share0 + H0 * g_TRUNK * inverse0 * d1;
        const double d2 = share2 + H2 * g_PROX * inverse2 * d1;
        const double d3 = share3 + H3 * g_DIST * inverse3 * d2;

        const double W1 = V1 + d1;
        const double W2 = V2 + (inverse2 != 0 ? d2 : f2);
        const double W3 = V3 + (inverse3 != 0 ? d3 : f3);
        xN_prox[i] = LEFT_X * xN_prox[i] + DRIVE * sN_prox[i];
        xN_dist[i] = LEFT_X * xN_dist[i] + DRIVE * sN_dist[i];
        sN_prox[i] *= LEFT_S;
        sN_dist[i] *= LEFT_S;
        sA_prox[i] *= LEFT_AMPA;
        sA_dist[i] *= LEFT_AMPA;

        const bool on_trunk = (W1 >= DSPIKE) & (t - last_trunk[i] >= DSPIKE_APART);
        const bool on_prox = (W2 >= DSPIKE) & (t - last_prox[i] >= DSPIKE_APART);
        const bool on_dist = (W3 >= DSPIKE) & (t - last_dist[i] >= DSPIKE_APART);
        last_trunk[i] = on_trunk ? t : last_trunk[i];
        last_prox[i] = on_prox ? t : last_prox[i];
        last_dist[i] = on_dist ? t : last_dist[i];
        dspikes += (on_trunk ? 1. : 0.) + (on_prox ? 1. : 0.) + (on_dist ? 1. : 0.);

        const double since = t - lastspike[i];
        const bool second = (since > SECOND_START) & (since < SECOND_END);
        const double W0 = second ? SECOND_RESET : V0 + d0;
        spikes += above(W0, since) ? 1. : 0.;
        V_soma[i] = W0;
        V_trunk[i] = W1;
        V_prox[i] = W2;
        V_dist[i] = W3;
    }
    cells.firing[first / BLOCK] = spikes > 0;
    return dspikes;
}

void step(Cells& cells, double t) {
    double dspikes = 0;
#ifdef _OPENMP
#pragma omp parallel for schedule(static) reduction(+ : dspikes)
#endif
    for (std::int64_t first = 0; first < cells.N; first += BLOCK)
        dspikes += step(cells, t, first, std::min(first + BLOCK, cells.N));
    cells.dspikes += static_cast<std::int64_t>(dspikes);
}

void receive(Cells& cells, const std::int32_t* cell, const std::int32_t* end) {
    for (; cell != end; cell++) {
        cells.on_prox.s_AMPA[*cell] += 1;
        cells.on_prox.s_NMDA[*cell] += 1;
        cells.on_dist.s_AMPA[*cell] += 1;
        cells.on_dist.s_NMDA[*cell] += 1;
    }
}

void reset(Cells& cells, double t) {
    for (std::int64_t first = 0; first < cells.N; first += BLOCK) {
        if (!cells.firing[first / BLOCK]) continue;
        for (std::int64_t i = first; i < std::min(first + BLOCK, cells.N); i++) {
            if (!above(cells.V[i], t - cells.lastspike[i])) continue;
            cells.V[i] = RESET;
            cells.lastspike[i] = t;
            cells.spikes++;
        }
    }
}

template <class T> std::vector<T> read(std::FILE* file, std::int64_t size) {
    std::vector<T> values(size);
    if (std::fread(values.data(), sizeof(T), size, file) != std::size_t(size)) {
        std::fprintf(stderr, "the input is too short\n");
        std::exit(1);
    }
    return values;
}

}  // namespace

int main(int, char** arguments) {
    std::FILE* file = std::fopen(arguments[1], "rb");
    const auto sizes = read<std::int64_t>(file, 5);
    const std::int64_t N = sizes[0], steps = sizes[1];
    const auto when = read<std::int32_t>(file, sizes[3]);
    const auto which = read<std::int32_t>(file, sizes[3]);
    const auto first = read<std::int32_t>(file, sizes[2] + 1);
    const auto targets = read<std::int32_t>(file, sizes[4]);
    std::fclose(file);

    Cells cells(N);
    cells.start();
    std::size_t next = 0;
    const double begin = seconds();
    for (std::int64_t now = 0; now < steps; now++) {
        const double t = now * DT;
        step(cells, t);
        for (; next < when.size() && when[next] == now; next++)
            receive(cells, &targets[first[which[next]]],
                    &targets[first[which[next] + 1]]);
        reset(cells, t);
    }
    const double found[3] = {seconds() - begin, double(cells.spikes),
                             double(cells.dspikes)};
    file = std::fopen(arguments[2], "wb");
    std::fwrite(found, sizeof(double), 3, file);
    std::fwrite(cells.V, sizeof(double), N, file);
    std::fclose(file);
    return 0;
}
