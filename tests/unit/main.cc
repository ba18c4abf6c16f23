// SPDX-License-Identifier: Apache-2.0
// Runs every unit test, or those whose name contains an argument.
#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <cstdio>
#include <iostream>
#include <string>

namespace {

// Adds the tests under `test` whose name contains `part`; returns how many.
int add_matching(CppUnit::Test* test, const std::string& part, CppUnit::TestRunner& runner) {
    if (test->getChildTestCount() == 0) {
        if (test->getName().find(part) == std::string::npos) return 0;
        runner.addTest(test);
        return 1;
    }
    int added = 0;
    for (int i = 0; i < test->getChildTestCount(); ++i)
        added += add_matching(test->getChildTestAt(i), part, runner);
    return added;
}

}  // namespace

int main(int argc, char** argv) {
    CppUnit::Test* all = CppUnit::TestFactoryRegistry::getRegistry().makeTest();
    CppUnit::TestRunner runner;
    int added = 0;
    if (argc == 1) added = add_matching(all, "", runner);
    for (int i = 1; i < argc; ++i) added += add_matching(all, argv[i], runner);
    if (added == 0) {
        std::cerr << "no test matches\n";
        return 2;
    }
    CppUnit::TestResult result;
    CppUnit::TestResultCollector collector;
    CppUnit::BriefTestProgressListener progress;
    result.addListener(&collector);
    if (argc > 1) result.addListener(&progress);
    runner.run(result);
    CppUnit::CompilerOutputter(&collector, std::cerr).write();
    std::printf("%d passed, %d failed\n", collector.runTests() - collector.testFailuresTotal(),
                collector.testFailuresTotal());
    return collector.wasSuccessful() ? 0 : 1;
}
