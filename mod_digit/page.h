// SPDX-License-Identifier: Apache-2.0
// The page for people: a template and the files it refers to, all from one folder.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "libdigit/limits.h"
#include "mod_digit/static_file.h"
#include "mod_digit/upload.h"

namespace digit {

class PageTemplate;

// What the page says of the place where it is served.
struct PageContext {
    std::string base;     // relative URL of the mount point with its slash: "./", "digit/", "../"
    std::string api_url;  // absolute URL of curl-api, safe to be pasted into a shell
    Limits limits;
    bool feedback = false;     // whether corrections are taken at feedback: DigitFeedbackDir is set
    std::int64_t read_ns = 0;  // what reading all of the pictures took; 0: nobody measured it
};

// Immutable once loaded, shareable between threads.
class Page {
  public:
    // Reads page.mustache and the files of the page from `folder`.
    static std::variant<Page, LoadFault> load(const std::string& folder);

    Page(Page&&) noexcept;
    ~Page();

    // The whole page as HTML; every value is escaped. outcomes: none where nothing was sent yet.
    std::string render(const PageContext& context, std::span<const Outcome> outcomes) const;

    // A file by its name below static/; null where there is none of that name.
    const StaticFile* file(std::string_view name) const;

  private:
    explicit Page(std::unique_ptr<const PageTemplate> page);

    std::unique_ptr<const PageTemplate> template_;
    std::vector<StaticFile> files_;
};

// "1 MiB", "512 KiB", "1000 bytes".
std::string size_in_words(std::size_t bytes);

// "almost certainly", … for a sentence on how sure the answer is.
std::string_view confidence_in_words(const Classification& result);

}  // namespace digit
