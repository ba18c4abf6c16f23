// SPDX-License-Identifier: Apache-2.0
// Line charts as inline SVG. Colours come from the page's style: classes s0, s1, …
#pragma once

#include <string>
#include <vector>

namespace digit {

struct Point2 {
    double x = 0;
    double y = 0;
};

struct Series {
    std::string name;
    std::vector<Point2> points;
    bool dots = false;  // mark every point
};

struct Chart {
    std::string title;
    std::string x_label;
    std::string y_label;
    std::vector<Series> series;
    bool log_y = false;        // every y is then > 0
    bool unit_square = false;  // both axes from 0 to 1, with the diagonal
};

std::string draw_chart(const Chart& chart);

}  // namespace digit
