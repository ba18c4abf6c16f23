// SPDX-License-Identifier: Apache-2.0
// The page's mustache template.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include <kainjow/mustache.hpp>

#include "mod_digit/static_file.h"

namespace digit {

// Immutable once parsed, shareable between threads.
class PageTemplate {
  public:
    // The fault says what "is not a mustache template", and begins so.
    static std::variant<PageTemplate, LoadFault> parse(std::string_view text);

    // Every value is escaped, but for those in three braces. Throws std::bad_alloc.
    std::string render(const kainjow::mustache::data& data) const;

  private:
    using Engine = kainjow::mustache::mustache;
    explicit PageTemplate(const Engine& parsed);

    // Its render() is not const, but writes only to its arguments unless the template has lambdas
    // or partials, and ours has none; so any number of threads may render at once.
    std::unique_ptr<Engine> engine_;
};

}  // namespace digit
