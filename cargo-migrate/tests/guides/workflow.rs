//! The workflow to copy, and the manifests of the guide to deploying.

use saphyr::{LoadableYamlNode, Yaml};

use crate::page::{Command, Page, Step};

/// The lines that a job of the workflow runs.
pub(crate) fn runs(job: &str) -> Vec<Step> {
    let page = Page::read("cargo-migrate/github-workflow.yml");
    let documents = Yaml::load_from_str(&page.text).unwrap();
    let steps = &documents[0]["jobs"][job]["steps"];
    let lines = steps.as_sequence().unwrap().iter();
    let lines = lines.filter_map(|step| step.as_mapping_get("run")?.as_str());
    lines
        .filter(|line| !line.starts_with("cargo install"))
        .map(|line| {
            Step::Run(Command {
                line: line.to_owned(),
                printed: None,
            })
        })
        .collect()
}

/// What GitHub and Kubernetes would refuse.
#[test]
fn jobs_and_manifests_are_whole() {
    let page = Page::read("cargo-migrate/github-workflow.yml");
    let documents = Yaml::load_from_str(&page.text).unwrap();
    let jobs = documents[0]["jobs"].as_mapping().unwrap();
    assert_eq!(jobs.len(), 2);
    for (name, job) in jobs {
        assert!(job["runs-on"].as_str().is_some(), "{name:?}");
        for step in job["steps"].as_sequence().unwrap() {
            let does = |key: &str| usize::from(step.as_mapping_get(key).is_some());
            assert_eq!(does("run") + does("uses"), 1, "{step:?}");
        }
    }
    let guide = Page::read("docs/deploying.md");
    let blocks = guide.text.split("```yaml\n").skip(1);
    let manifests: Vec<&str> = blocks
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert_eq!(manifests.len(), 2);
    for manifest in manifests {
        let documents = Yaml::load_from_str(manifest).unwrap();
        let pod = &documents[0]["spec"]["template"]["spec"];
        assert!(documents[0]["apiVersion"].as_str().is_some());
        for container in pod["containers"].as_sequence().unwrap() {
            assert!(container["image"].as_str().is_some(), "{manifest}");
            let env = container["env"].as_sequence().unwrap();
            assert!(env.iter().all(|one| one["name"].as_str().is_some()));
        }
    }
}
