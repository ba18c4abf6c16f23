// SPDX-License-Identifier: Apache-2.0
#include "libdigit/quadratic_surface.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace digit {
namespace {

constexpr std::size_t kTerms = 6;
constexpr std::size_t kPlaneTerms = 3;
constexpr int kSteps = 10;
constexpr int kPlaneSteps = 4;  // the first ones: a plane does not bend to meet ink in a corner
// A value counts within so many medians of all distances from the surface, so that hardly more than
// half of them do, and within so many levels: paper is never smoother.
constexpr double kCutOff = 1.3;
constexpr double kLeastReach = 6;
constexpr double kLeastShare = 0.5;
constexpr double kNear = 8;  // levels

using Terms = std::array<double, kTerms>;

// 1, x, y, x², xy, y² with x and y from -1 to 1.
Terms terms_at(int column, int row, int columns, int rows) {
    const double x = columns < 2 ? 0 : 2.0 * column / (columns - 1) - 1;
    const double y = rows < 2 ? 0 : 2.0 * row / (rows - 1) - 1;
    return {1, x, y, x * x, x * y, y * y};
}

double value_of(const Terms& factors, const Terms& terms) {
    double sum = 0;
    for (std::size_t i = 0; i < kTerms; ++i) sum += factors[i] * terms[i];
    return sum;
}

struct NormalEquations {
    std::array<Terms, kTerms> matrix{};
    Terms right{};

    void add(const Terms& terms, double value, double weight) {
        for (std::size_t i = 0; i < kTerms; ++i) {
            for (std::size_t j = 0; j < kTerms; ++j) matrix[i][j] += weight * terms[i] * terms[j];
            right[i] += weight * terms[i] * value;
        }
    }

    // For the first `count` terms, by Gauss with pivots; the other factors are 0. Returns false
    // where there is no one solution.
    bool solve(std::size_t count, Terms& factors) {
        factors = {};
        for (std::size_t k = 0; k < count; ++k) {
            std::size_t pivot = k;
            for (std::size_t i = k + 1; i < count; ++i)
                if (std::fabs(matrix[i][k]) > std::fabs(matrix[pivot][k])) pivot = i;
            if (std::fabs(matrix[pivot][k]) < 1e-6) return false;
            std::swap(matrix[k], matrix[pivot]);
            std::swap(right[k], right[pivot]);
            for (std::size_t i = k + 1; i < count; ++i) {
                const double part = matrix[i][k] / matrix[k][k];
                for (std::size_t j = k; j < count; ++j) matrix[i][j] -= part * matrix[k][j];
                right[i] -= part * right[k];
            }
        }
        for (std::size_t k = count; k-- > 0;) {
            double sum = right[k];
            for (std::size_t j = k + 1; j < count; ++j) sum -= matrix[k][j] * factors[j];
            factors[k] = sum / matrix[k][k];
        }
        return true;
    }
};

class Fit {
  public:
    Fit(const ScratchVector<float>& values, int columns, int rows)
        : values_(values), columns_(columns), rows_(rows) {}

    // From the surface through the values along the border, where there is least ink, or through
    // all. Returns how many values lie near it at the end; 0 where there is none.
    std::size_t run(bool from_border) {
        double reach = 1e9;  // levels; at first all count alike
        factors_ = {};
        for (int step = 0; step < kSteps; ++step) {
            NormalEquations equations;
            for_each([&](int column, int row, double value, const Terms& terms) {
                if (step == 0 && from_border && !at_border(column, row)) return;
                const double away = (value - value_of(factors_, terms)) / reach;
                if (std::fabs(away) < 1)
                    equations.add(terms, value, (1 - away * away) * (1 - away * away));
            });
            if (!equations.solve(step < kPlaneSteps ? kPlaneTerms : kTerms, factors_)) return 0;
            distances_.clear();
            for_each([&](int, int, double value, const Terms& terms) {
                distances_.push_back(std::fabs(value - value_of(factors_, terms)));
            });
            const auto middle =
                distances_.begin() + static_cast<std::ptrdiff_t>(distances_.size() / 2);
            std::nth_element(distances_.begin(), middle, distances_.end());
            reach = std::max(kLeastReach, kCutOff * *middle);
        }
        return static_cast<std::size_t>(std::count_if(distances_.begin(), distances_.end(),
                                                      [](double d) { return d <= kNear; }));
    }

    ScratchVector<float> surface() const {
        ScratchVector<float> levels;
        for_each([&](int, int, double, const Terms& terms) {
            levels.push_back(static_cast<float>(std::clamp(value_of(factors_, terms), 0.0, 255.0)));
        });
        return levels;
    }

  private:
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (int r = 0; r < rows_; ++r)
            for (int c = 0; c < columns_; ++c)
                visit(c, r,
                      static_cast<double>(values_[static_cast<std::size_t>(r * columns_ + c)]),
                      terms_at(c, r, columns_, rows_));
    }
    bool at_border(int column, int row) const {
        const int x = std::min(column, columns_ - 1 - column);
        const int y = std::min(row, rows_ - 1 - row);
        return x * 8 < columns_ || y * 8 < rows_;
    }

    const ScratchVector<float>& values_;
    int columns_;
    int rows_;
    Terms factors_{};
    ScratchVector<double> distances_;
};

}  // namespace

ScratchVector<float> quadratic_surface(const ScratchVector<float>& values, int columns, int rows) {
    Fit border(values, columns, rows);
    Fit all(values, columns, rows);
    const std::size_t near_border = border.run(true);
    const std::size_t near_all = all.run(false);
    if (static_cast<double>(std::max(near_border, near_all)) <
        kLeastShare * static_cast<double>(values.size()))
        return {};
    return near_border >= near_all ? border.surface() : all.surface();
}

}  // namespace digit
