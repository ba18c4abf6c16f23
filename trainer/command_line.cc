// SPDX-License-Identifier: Apache-2.0
#include "trainer/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "config.h"

namespace digit {

namespace {

void complain(const std::string& program, std::string sentence) {
    for (char& c : sentence)
        if (c == '\n') c = ' ';
    while (sentence.ends_with(' ') || sentence.ends_with('.')) sentence.pop_back();
    std::fprintf(stderr, "%s: %s.\n", program.c_str(), sentence.c_str());
}

}  // namespace

std::optional<int> parse_command_line(CLI::App& app, int argc, char** argv) {
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
        return app.exit(help);
    } catch (const CLI::CallForVersion& version) {
        return app.exit(version);
    } catch (const CLI::ParseError& error) {
        return usage_error(app.get_name(), error.what());
    }
    return std::nullopt;
}

int usage_error(const std::string& program, const std::string& sentence) {
    complain(program, sentence + " (--help lists the options)");
    return kWrongUsage;
}

int failure(const std::string& program, const Status& status) {
    complain(program, status.message());
    return kFailed;
}

std::string version_line(const std::string& program) {
    return program + " (mod_digit) " + PACKAGE_VERSION;
}

}  // namespace digit
