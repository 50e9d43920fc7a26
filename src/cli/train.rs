//! `payee train`: fits the category model on what the engine knows by name and on labelled files, and measures it on merchants
//! it has not seen. Holds all examples in memory.

use std::path::PathBuf;

use clap::Args;
use payee::eval::{Labelled, evaluate};
use payee::learned::train::{Example, Settings, train};
use payee::{Engine, Error, Taxonomy};

use rayon::prelude::*;

use super::eval::read;
use super::{Failure, Knowledge, print, taxonomy};

/// Arguments of the command.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  payee train my-history.csv --taxonomy mx -o my.model\n  payee train labelled.csv --folds 5"
)]
pub struct Train {
    /// Labelled files, as for `payee eval`; a column `mcc` is used as the label where it is there
    files: Vec<PathBuf>,
    /// Where to write the model
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Measure instead: leave out each part of the merchants in turn, and answer for it with the rest
    #[arg(long, value_name = "PARTS")]
    folds: Option<u64>,
    /// Taxonomy of the labels: payee, mx, plaid-v2 or plaid-v1
    #[arg(long, default_value = "mx", value_parser = taxonomy)]
    taxonomy: Taxonomy,
    /// Times every example is seen
    #[arg(long)]
    epochs: Option<usize>,
    /// First step length
    #[arg(long)]
    rate: Option<f32>,
    #[command(flatten)]
    knowledge: Knowledge,
}

impl Train {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let engine = self.knowledge.engine()?;
        let mut settings = Settings::default();
        settings.epochs = self.epochs.unwrap_or(settings.epochs);
        settings.rate = self.rate.unwrap_or(settings.rate);
        let known = engine.named_examples();
        let mut rows = Vec::new();
        for file in &self.files {
            rows.extend(read(file, None)?);
        }
        let labelled: Vec<Option<Example>> =
            rows.iter().map(|row| engine.labelled_example(row, self.taxonomy)).collect();
        if let Some(folds) = self.folds {
            return self.measure(&engine, &rows, &labelled, &known, folds, settings);
        }
        let mut examples = known;
        examples.extend(labelled.into_iter().flatten());
        let model = train(&engine, &examples, settings);
        let told = format!("{} examples, {} bytes\n", examples.len(), model.len());
        if let Some(path) = &self.output {
            std::fs::write(path, &model).map_err(|error| Error::io(path.display().to_string(), &error))?;
        }
        print(told.as_bytes())
    }

    fn measure(
        &self,
        engine: &Engine,
        rows: &[Labelled],
        labelled: &[Option<Example>],
        known: &[Example],
        folds: u64,
        settings: Settings,
    ) -> Result<(), Failure> {
        let part = |fold: u64| {
            let held_back =
                |example: &Option<Example>| example.as_ref().is_some_and(|example| example.merchant % folds == fold);
            let mut examples = known.to_vec();
            examples.extend(labelled.iter().filter(|example| !held_back(example)).flatten().cloned());
            let model = train(engine, &examples, settings);
            let tested: Vec<Labelled> = rows
                .iter()
                .zip(labelled)
                .filter(|(_, example)| held_back(example))
                .map(|(row, _)| row.clone())
                .collect();
            let engine = self.knowledge.builder()?.model(model).build()?;
            Ok(evaluate(&engine, self.taxonomy, &tested))
        };
        let parts: Result<Vec<_>, Error> = (0..folds).into_par_iter().map(part).collect();
        let mut answers = payee::eval::Report::default();
        parts?.into_iter().for_each(|part| answers.absorb(part));
        print(answers.to_string().as_bytes())
    }
}
