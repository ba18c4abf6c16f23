// SPDX-License-Identifier: Apache-2.0
// Times two ways of doing the same in turn, so that what else the machine does meets both.
#pragma once

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

namespace digit::bench {

// CPU time of this thread in microseconds.
inline double cpu_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

inline double us_of(const std::function<void()>& work, int times) {
    const double begin = cpu_us();
    for (int i = 0; i < times; ++i) work();
    return (cpu_us() - begin) / times;
}

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

// Part of the name of the stages that are measured; all of them where it is empty.
inline std::string only;

inline bool wanted(const std::string& stage) { return stage.find(only) != std::string::npos; }

// A row of a Markdown table; the bound may be absent. rounds: of about 5 ms each.
inline void print_row(const std::string& stage, const std::function<void()>& ours,
                      const std::string& bound_name, const std::function<void()>& bound,
                      int rounds) {
    if (!wanted(stage)) return;
    const int times = std::clamp(static_cast<int>(5000 / us_of(ours, 3)), 1, 5000);
    std::vector<double> taken, least_possible, ratios;
    for (int round = 0; round < rounds; ++round) {
        taken.push_back(us_of(ours, times));
        if (!bound) continue;
        least_possible.push_back(us_of(bound, times));
        ratios.push_back(taken.back() / least_possible.back());
    }
    const auto [least, most] = std::minmax_element(taken.begin(), taken.end());
    std::printf("| %s | %.2f (%.2f to %.2f) | ", stage.c_str(), median(taken), *least, *most);
    if (bound)
        std::printf("%s | %.2f | %.2f |\n", bound_name.c_str(), median(least_possible),
                    median(ratios));
    else
        std::printf("| | |\n");
    std::fflush(stdout);
}

}  // namespace digit::bench
