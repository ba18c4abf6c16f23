// SPDX-License-Identifier: Apache-2.0
#include "trainer/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace digit {

namespace {

constexpr int kBarWidth = 24;

std::string short_number(double value) {
    const char* suffix = "";
    for (const char* larger : {" k", " M", " G"}) {
        if (value < 9999) break;
        value /= 1000;
        suffix = larger;
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.0f%s", value, suffix);
    return text;
}

std::string clock_time(double seconds) {
    const int s = static_cast<int>(std::clamp(seconds, 0.0, 359999.0));
    char text[32];
    if (s >= 3600)
        std::snprintf(text, sizeof text, "%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    else
        std::snprintf(text, sizeof text, "%d:%02d", s / 60, s % 60);
    return text;
}

}  // namespace

Progress::Progress(std::int64_t total, std::string unit)
    : total_(std::max<std::int64_t>(1, total)),
      unit_(std::move(unit)),
      enabled_(isatty(STDERR_FILENO) == 1),
      began_(Clock::now()) {}

void Progress::update(std::int64_t done, const std::string& label) {
    if (!enabled_) return;
    if (first_ < 0) first_ = done;
    const Clock::time_point now = Clock::now();
    if (visible_ && now - drawn_ < std::chrono::milliseconds(100)) return;
    drawn_ = now;
    visible_ = true;
    const double seconds = std::chrono::duration<double>(now - began_).count();
    const double rate = static_cast<double>(done - first_) / std::max(seconds, 1e-3);
    const double part = std::min(1.0, static_cast<double>(done) / static_cast<double>(total_));
    std::string bar;
    for (int i = 0; i < kBarWidth; ++i) bar += i < part * kBarWidth ? "█" : "░";
    std::string left = "";
    if (rate > 0) left = ", " + clock_time(static_cast<double>(total_ - done) / rate) + " left";
    std::fprintf(stderr, "\r\033[K%s %s %3.0f %%  %s %s/s%s", label.c_str(), bar.c_str(),
                 100 * part, short_number(rate).c_str(), unit_.c_str(), left.c_str());
    std::fflush(stderr);
}

void Progress::clear() {
    if (!visible_) return;
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    visible_ = false;
}

}  // namespace digit
