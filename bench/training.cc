// SPDX-License-Identifier: Apache-2.0
// Epochs of training beside the matrix products that they are made of, by BLAS's own threads, in
// interleaved rounds: what is lost between the products shows as a ratio below one.
//     bench/training [DIR with MNIST] [rounds]
#include <cblas.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/aligned.h"
#include "trainer/blas_kernels.h"
#include "trainer/dataset.h"
#include "trainer/settings.h"
#include "trainer/training.h"

namespace {

using namespace digit;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Case {
    const char* name;
    Settings settings;
};

// Floating-point operations of an epoch's products; the first layer needs no input gradient.
double operations(const Mlp& mlp, std::int64_t pictures) {
    double all = 0;
    for (std::size_t l = 0; l < mlp.places.size(); ++l) {
        const double weights = static_cast<double>(mlp.places[l].inputs) * mlp.places[l].outputs;
        all += weights * (l == 0 ? 4 : 6);
    }
    return all * static_cast<double>(pictures);
}

// The products of one batch, as BLAS does them best: whole matrices, its own threads.
class Products {
  public:
    Products(const Mlp& mlp, int batch) : places_(mlp.places), batch_(batch) {
        std::size_t widest = kInputPixels;
        for (const LayerPlace& p : places_)
            widest = std::max(widest, static_cast<std::size_t>(std::max(p.inputs, p.outputs)));
        weight_.assign(widest * widest, 0.01f);
        gradient_.assign(widest * widest, 0.0f);
        left_.assign(widest * static_cast<std::size_t>(batch), 0.5f);
        right_.assign(widest * static_cast<std::size_t>(batch), 0.5f);
    }

    void run() {
        for (std::size_t l = 0; l < places_.size(); ++l) {
            const int in = places_[l].inputs, out = places_[l].outputs;
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch_, out, in, 1, left_.data(),
                        in, weight_.data(), in, 0, right_.data(), out);
            cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, batch_, 1, right_.data(),
                        out, left_.data(), in, 0, gradient_.data(), in);
            if (l > 0)
                cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch_, in, out, 1,
                            right_.data(), out, weight_.data(), in, 0, left_.data(), in);
        }
    }

  private:
    std::vector<LayerPlace> places_;
    int batch_;
    AlignedVector<float> weight_, gradient_, left_, right_;
};

double middle(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void measure(const Case& c, const TrainingPictures& data, int rounds) {
    std::vector<double> epochs, products, ratios;
    double work = 0;
    for (int round = 0; round < rounds; ++round) {
        Team team(c.settings.threads);
        Training training(c.settings, data, team);
        work = operations(training.learner().mlp(), training.pictures_an_epoch());
        (void)training.run_epoch();
        const auto begin = Clock::now();
        (void)training.run_epoch();
        epochs.push_back(seconds_since(begin));

        openblas_set_num_threads(c.settings.threads);
        Products alone(training.learner().mlp(), c.settings.batch_size);
        alone.run();
        const auto again = Clock::now();
        const std::int64_t steps = training.pictures_an_epoch() / c.settings.batch_size;
        for (std::int64_t step = 0; step < steps; ++step) alone.run();
        products.push_back(seconds_since(again));
        ratios.push_back(products.back() / epochs.back());
    }
    const auto [least, most] = std::minmax_element(epochs.begin(), epochs.end());
    std::printf(
        "%-34s %6.3f s (%.3f to %.3f) %4.0f GFLOP/s | products alone %6.3f s %4.0f GFLOP/s | ratio "
        "%.2f\n",
        c.name, middle(epochs), *least, *most, work / middle(epochs) / 1e9, middle(products),
        work / middle(products) / 1e9, middle(ratios));
}

Settings plain(std::vector<int> hidden, Activation activation, int batch, OptimiserKind optimiser) {
    Settings s;
    s.hidden = std::move(hidden);
    s.activation = activation;
    s.batch_size = batch;
    s.optimiser = optimiser;
    if (optimiser == OptimiserKind::kSgd) s.momentum = 0;
    s.learning_rate = 0.001f;
    s.schedule = Schedule::kConstant;
    s.threads = available_cores();
    return s;
}

}  // namespace

int main(int argc, char** argv) {
    digit::start_with_blas_kernels_of_this_cpu(argv);
    const char* folder = argc > 1 ? argv[1] : std::getenv("DIGIT_MNIST_DIR");
    Result<Mnist> mnist = read_mnist(folder != nullptr ? folder : "../shared/mnist");
    if (!mnist) {
        std::fprintf(stderr, "%s\n", mnist.status().message().c_str());
        return 1;
    }
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
    const TrainingPictures data{std::move(mnist->train), 0, nullptr};
    std::vector<Case> cases = {
        {"784-100-40-10 tanh, 50, SGD",
         plain({100, 40}, Activation::kTanh, 50, OptimiserKind::kSgd)},
        {"784-512-256-10 ReLU, 128, SGD",
         plain({512, 256}, Activation::kRelu, 128, OptimiserKind::kSgd)},
        {"784-512-256-10 ReLU, 128, AdamW",
         plain({512, 256}, Activation::kRelu, 128, OptimiserKind::kAdamW)},
        {"784-1024-512-10 ReLU, 256, AdamW",
         plain({1024, 512}, Activation::kRelu, 256, OptimiserKind::kAdamW)},
    };
    cases.push_back({"the same, augmented", cases.back().settings});
    // As the shipped weights' pictures are changed.
    for (const Recipe& recipe : recipes())
        if (std::string_view(recipe.name) == "best")
            cases.back().settings.augment = recipe.settings.augment;
    for (const Case& c : cases) measure(c, data, rounds);
    return 0;
}
