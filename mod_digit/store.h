// SPDX-License-Identifier: Apache-2.0
// What directives name by path and what is loaded for it: each path once per configuration,
// however many places name it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "mod_digit/static_file.h"

namespace digit {

template <class T>
class Store {
  public:
    struct Entry {
        std::string path;
        std::string named_by;  // "DigitModel (/etc/apache2/mods-enabled/digit.conf:12)"
        std::optional<T> value;
    };

    // The entry of this path; its address stays the same as long as the store lives.
    Entry* entry(std::string path, std::string named_by) {
        for (const auto& known : entries_)
            if (known->path == path) return known.get();
        entries_.push_back(
            std::make_unique<Entry>(Entry{std::move(path), std::move(named_by), {}}));
        return entries_.back().get();
    }

    const std::vector<std::unique_ptr<Entry>>& entries() const { return entries_; }

    // Fills every entry by `load`: std::variant<T, LoadFault>(const std::string& path). Stops at
    // the first that cannot be loaded: "<named by>: <reason>".
    template <class Load>
    std::optional<LoadFault> load_all(Load load) {
        for (const auto& entry : entries_) {
            std::variant<T, LoadFault> loaded = load(entry->path);
            if (const auto* fault = std::get_if<LoadFault>(&loaded))
                return LoadFault{entry->named_by + ": " + fault->reason};
            entry->value.emplace(std::move(std::get<T>(loaded)));
        }
        return std::nullopt;
    }

  private:
    std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace digit
